"""Start the command line: `threadline ...` or `python -m threadline ...`."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from threadline.cli import cli

    cli.main(prog_name="threadline")


if __name__ == "__main__":
    main()
