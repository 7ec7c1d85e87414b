"""Put the documentation site together: ``make site``.

The pages of ``docs`` and some that stand elsewhere in the project are copied into ``.site/pages``.
Links between them are kept; a link to any other file of the project leads to it on GitHub. So each
page reads the same on GitHub and on the site. Zensical then builds ``.site/html`` and fails on a
link or an anchor that leads nowhere.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from posixpath import normpath, relpath

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / ".site"
PAGES = SITE / "pages"
REPOSITORY = "https://github.com/tap-cin7/tap-cin7"
ELSEWHERE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "dbt/README.md": "dbt.md",
    "examples/README.md": "examples.md",
}
"""Pages of the site that do not stand in docs, and their names there."""
MERMAID = "mermaid@12.3.0"
MERMAID_SHA512 = (
    "4113TdXeLAsMruJ79OpFL5O8+LTFXhQqZ260rF3tgUmiNAtRm4Uume04I+65PRN6yZ69J4f8rVYWW8zRk65UYw=="
)
"""The package's ``integrity``, as ``npm view mermaid dist.integrity`` gives it."""
_CODE = re.compile(r"(^```.*?^```$|`[^`\n]*`)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")


def pages() -> dict[str, str]:
    """Return the pages by their path in the project, with their names on the site."""
    own = (path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
    return {path: path.removeprefix("docs/") for path in sorted(own)} | ELSEWHERE


def linked(text: str, path: str, names: dict[str, str]) -> str:
    """Return a page whose links lead where they led in the project.

    Args:
        text: The page.
        path: Where it stands in the project.
        names: The pages of the site, as `pages` gives them.

    """

    def target(found: re.Match[str]) -> str:
        link = found[1]
        file, hash_, anchor = link.partition("#")
        if not file or re.match(r"[a-z]+:", file):
            return link
        led = normpath(str(Path(path).parent / file))
        if led in names:
            return relpath(names[led], str(Path(names[path]).parent)) + hash_ + anchor
        if (ROOT / led).exists():
            kind = "tree" if (ROOT / led).is_dir() else "blob"
            return f"{REPOSITORY}/{kind}/main/{led}{hash_}{anchor}"
        return link  # Zensical says where it stands

    parts = _CODE.split(text)
    parts[::2] = [_LINK.sub(target, part) for part in parts[::2]]
    return "".join(parts)


def navigated(config: str) -> str:
    """Return the configuration with the pages that each ``"<folder>/*.md"`` stands for.

    The folder's index comes first and its diagrams second, both under names of their own.
    """
    first = {"index.md": "Overview", "erd.md": "Diagrams"}

    def found(pattern: re.Match[str]) -> str:
        folder = PAGES / pattern[1]
        names = {path.name for path in folder.glob("*.md")}
        listed = [
            f'{{ "{title}" = "{pattern[1]}/{name}" }}'
            for name, title in first.items()
            if name in names
        ]
        listed += [
            f'{{ "{name.removesuffix(".md")}" = "{pattern[1]}/{name}" }}'
            for name in sorted(names - first.keys())
        ]
        return ", ".join(listed)

    return re.sub(r'"([\w/]+)/\*\.md"', found, config)


def mermaid() -> Path:
    """Return Mermaid's script, from npm's registry the first time.

    Raises:
        SystemExit: If npm is missing or gives another package than the one that is pinned.

    """
    kept = SITE / "npm" / f"{MERMAID}.js"
    if kept.exists():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is missing: the site's diagrams need Mermaid, which npm brings")
    packed = subprocess.run(  # noqa: S603 - a pinned package
        [npm, "pack", "--silent", MERMAID],
        cwd=kept.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    package = kept.parent / packed.stdout.split()[-1]
    digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    if digest != MERMAID_SHA512:
        sys.exit(f"{MERMAID} is not what was pinned: its sha512 is {digest}")
    with tarfile.open(package) as archive:
        script = archive.extractfile("package/dist/mermaid.min.js")
        assert script is not None  # noqa: S101 - a file, not a folder, in what was pinned
        kept.write_bytes(script.read())
    package.unlink()
    return kept


def main() -> int:
    """Build the site and return Zensical's exit code."""
    shutil.rmtree(PAGES, ignore_errors=True)
    names = pages()
    for path, name in names.items():
        place = PAGES / name
        place.parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / path).read_text(encoding="utf-8")
        place.write_text(linked(text, path, names), encoding="utf-8")
    for folder in ("javascripts", "stylesheets"):
        shutil.copytree(ROOT / "docs" / folder, PAGES / folder)
    shutil.copy2(mermaid(), PAGES / "javascripts" / "mermaid.min.js")
    config = SITE / "zensical.toml"
    written = navigated((ROOT / "zensical.toml").read_text(encoding="utf-8"))
    config.write_text(written, encoding="utf-8")
    shutil.rmtree(SITE / "html", ignore_errors=True)
    command = ["zensical", "build", "--strict", "--clean", "--config-file", config.name]
    return subprocess.run(  # noqa: S603 - of this environment
        [sys.executable, "-m", *command], cwd=SITE, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
