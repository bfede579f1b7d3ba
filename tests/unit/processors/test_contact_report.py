from __future__ import annotations

from processors.contact_report import TypeCount, TypeRow, contact_report


def test_types_are_counted_with_the_unknown_and_what_was_not_analysed() -> None:
    report = contact_report(
        [
            TypeRow("delivery", True, 1, 0),
            TypeRow("billing", True, 1, 1),
            TypeRow("billing", False, 1, 0),
            TypeRow(None, True, 1, 1),
            TypeRow(None, False, 1, 0),
        ],
        most=1,
    )
    assert report.types == [TypeCount(type="billing", contacts=2, share=0.4, negative=0.5)]
    assert (report.contacts, report.others, report.unknown) == (5, 1, 1)
    assert (report.unknown_share, report.not_analysed) == (0.2, 1)


def test_without_contacts_there_is_nothing_to_count() -> None:
    report = contact_report([])
    assert (report.contacts, report.types, report.unknown_share) == (0, [], 0.0)
