"""One way of writing per identifier."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.identity.identifiers import identifier_of, normalise_identifier, plus_base, type_of

PREFIXES = st.sampled_from(["", "phone:", "phone:+1", "tel:", "email:", "handle:x:", "crm:"])
TAILS = st.one_of(
    st.text(),
    st.emails(),
    st.from_regex(r"\+?[\d ()x;ext=-]{3,18}", fullmatch=True),
)


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("phone:+12345678901", "phone:+12345678901"),
        ("phone:+15550100", "phone:+15550100"),
        ("phone:(212) 555-0100", "phone:+12125550100"),
        ("tel:+1-555-010-0000", "phone:+15550100000"),
        ("phone:+1 555 010 0000 x12", "phone:+15550100000;ext=12"),
        ("email:Ana+Shop@Example.COM", "email:ana+shop@example.com"),
        ("mailto:ana@shop.test", "email:ana@shop.test"),
        ("email:ana@xn--bcher-kva.example", "email:ana@bücher.example"),
        ("handle:X:@Ana", "handle:x:ana"),
        ("handle:matrix:@ana:server.example", "handle:matrix:ana:server.example"),
        ("email:Ａｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "email:ana@example.com"),
        ("email:JÖRG@BÜCHER.example", "email:jörg@bücher.example"),
        ("handle:Twitter:@Ana", "handle:x:ana"),
        ("handle:facebook:Ana.Perez", "handle:facebook:anaperez"),
        ("handle:wa:(212) 555-0100", "handle:whatsapp:+12125550100"),
        ("handle:wechat:oAbC1", "handle:wechat:oAbC1"),
        ("CRM: 77 ", "crm:77"),
        ("loyalty_no:A-5", "loyalty_no:A-5"),
    ],
)
def test_an_identifier_is_written_one_way(raw: str, canonical: str) -> None:
    assert normalise_identifier(raw) == canonical


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "ana@example.com",
        "phone:",
        "phone:anonymous",
        "phone:12",
        "email:ana",
        "email:ana@localhost",
        "email:anonymous@anonymous.invalid",
        "handle:x",
        "handle:x:@",
        "crm: ",
        "crm:\ud800",
        "crm:a\x00b",
        "two words:x",
        "device:" + "x" * 257,
    ],
)
def test_a_malformed_identifier_is_none(raw: str) -> None:
    assert normalise_identifier(raw) is None


def test_a_national_number_is_read_by_its_region() -> None:
    assert identifier_of("phone", "020 7946 0958", "gb") == "phone:+442079460958"
    assert identifier_of("phone", "020 7946 0958", "no such region") is None


def test_a_plus_address_is_another_identifier_but_has_the_same_base() -> None:
    plus = normalise_identifier("email:ana+shop@example.com")
    assert plus is not None
    assert plus_base(plus) == "email:ana@example.com"
    assert plus_base("email:+@example.com") == "email:+@example.com"
    assert plus_base("phone:+15550100") == "phone:+15550100"


@given(PREFIXES, TAILS)
def test_no_text_raises_and_a_canonical_identifier_is_a_fixed_point(prefix: str, tail: str) -> None:
    canonical = normalise_identifier(prefix + tail)
    if canonical is not None:
        assert normalise_identifier(canonical) == canonical
        assert type_of(canonical) in {"phone", "email", "handle", "crm"} or not prefix
        canonical.encode()
