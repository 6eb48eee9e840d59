"""Writes the table of settings into README.md beside it: `python -m ops.handbook`.

Which settings there are is what `settings.py` reads; what they mean is said in
`.env.example`, in the comment above each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tracker import settings

ROOT = Path(__file__).parents[1]
HANDBOOK = ROOT / "ops" / "README.md"
EXAMPLE = ROOT / ".env.example"

_BEGIN = "<!-- settings: written by `python -m ops.handbook` -->\n"
_END = "<!-- end of settings -->\n"


@dataclass(frozen=True)
class Setting:
    """One variable as `.env.example` shows it."""

    section: str
    name: str
    default: str
    text: str


def names_in_code() -> set[str]:
    """The variables that `settings.py` reads."""
    code = Path(settings.__file__).read_text(encoding="utf-8")
    return set(re.findall(r'\benv\.\w+\(\s*"([A-Z0-9_]+)"', code))


def described() -> Iterator[Setting]:
    """The variables that `.env.example` describes, in its order."""
    section = ""
    comment: list[str] = []
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if heading := re.fullmatch(r"# --- (.+) ---", line):
            section, comment = heading[1], []
        elif line.startswith("# "):
            comment.append(line[2:])
        elif assignment := re.fullmatch(r'(\w+)="?(.*?)"?', line):
            yield Setting(section, assignment[1], assignment[2], " ".join(comment))
            comment = []


def table() -> str:
    """All settings in Markdown, section by section."""
    lines: list[str] = []
    section = ""
    for one in described():
        if one.section != section:
            section = one.section
            lines += [
                "",
                f"**{section}**",
                "",
                "| setting | default | |",
                "|---|---|---|",
            ]
        name = f"`{one.name}`"
        if one.name in settings.SECRETS:
            name += f" or `{one.name}_FILE`"
        default = f"`{one.default}`" if one.default else ""
        lines.append(f"| {name} | {default} | {one.text} |")
    return "\n".join(lines[1:]) + "\n"


def with_table(handbook: str) -> str:
    """The handbook with the table as it is now."""
    before, _, rest = handbook.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{after}"


def main() -> None:
    """Bring the handbook up to date."""
    HANDBOOK.write_text(
        with_table(HANDBOOK.read_text(encoding="utf-8")), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
