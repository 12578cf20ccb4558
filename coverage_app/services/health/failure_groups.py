"""Groups failures by cause: the replies of servers without what makes each one different."""

import re
from collections import Counter

# Addresses, places, times and the numbers that a server gives each message; the codes of SMTP stay.
ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>:;,]+>?")
LINK = re.compile(r"https?://\S+")
CODE = r"[245]\.\d{1,3}\.\d{1,3}\b"
OWN = re.compile(rf"(?<![\w.-])(?!{CODE})(?=[\w.:-]*\d)[\w.:-]{{5,}}(?<![.:-])")
SEVERAL = re.compile(r"…(?:[\s,;]+…)+")
LONGEST = 120


def cause(words: str) -> str:
    """Return the reply of one failure without its variable parts: «550 5.1.1 …: User unknown»."""
    for own in (LINK, ADDRESS, OWN):
        words = own.sub("…", words)
    words = SEVERAL.sub("…", " ".join(words.split()))
    return words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + "…"


def group(failures: Counter[str]) -> Counter[str]:
    """Return the number of failures by cause."""
    causes = Counter[str]()
    for words, number in failures.items():
        causes[cause(words)] += number
    return causes
