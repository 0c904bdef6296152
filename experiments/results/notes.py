"""What is told beside a number: a code for programs and a sentence for people."""

Note = dict[str, str]


def note(code: str, sentence: str) -> Note:
    """`{"code": "burn_in", "sentence": "Too early: …"}`"""
    return {"code": code, "sentence": sentence}
