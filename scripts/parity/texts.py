"""Varied strings for comparing tokenizers: every script, emoji, control characters, digits, spaces."""

import random
import unicodedata

WORDS = (
    "the The a of history watched rating Toy Story Matrix don't I'll we've they're it's he'd I'm "
    "DON'T IT'S o'clock 'tis rock'n'roll café naïve Straße Ελλάδα Москва 東京 서울 القاهرة "
    "हिन्दी ไทย 1984 3.14 1,000,000 2001: (1995) #tag @user http://x.org/a?b=c&d=%20 e-mail "
    "foo_bar fooBar FOO ¼ ² Ⅳ ५६ …").split(" ")
MARKS = [
    "<s>", "</s>", "<unk>", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|begin_of_text|>",
    "<|eot_id|>", "<|start_header_id|>", "<0x0A>", "<0xE2>", "[INST]", "<<SYS>>", "▁", "▁▁a", "Ġ",
    "'ſ", "'S", "'LL", "'K"]
EMOJI = ["👍", "👩‍👩‍👧‍👦", "🇫🇷", "❤️", "1️⃣", "🏳️‍🌈", "👋🏽", "😀", "☃", "🫠"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", "\r", "\v", "\f", "\u0085", "\u00a0",
          "\u1680", "\u2003", "\u2028", "\u2029", "\u202f", "\u3000", "\u200b", "\ufeff"]


def characters():
    """Assigned characters by block of 128, so that small scripts are as likely as large ones."""
    blocks = {}
    for value in range(0x20, 0x32000):
        if unicodedata.category(chr(value)) not in ("Cn", "Cs", "Co"):
            blocks.setdefault(value // 128, []).append(chr(value))
    return list(blocks.values())


def texts(count, seed=20261125):
    """`count` different strings, the same for the same seed."""
    generator = random.Random(seed)
    blocks = characters()

    def part():
        kind = generator.randrange(10)
        if kind < 3:
            return generator.choice(WORDS)
        if kind == 3:
            block = generator.choice(blocks)
            return "".join(generator.choice(block) for _ in range(generator.randint(1, 8)))
        if kind == 4:
            return generator.choice(EMOJI)
        if kind == 5:
            return "".join(generator.choice(SPACES) for _ in range(generator.randint(1, 3)))
        if kind == 6:
            return "".join(generator.choice("0123456789") for _ in range(generator.randint(1, 7)))
        if kind == 7:
            return "".join(chr(generator.randrange(0x21, 0x7f)) for _ in range(generator.randint(1, 4)))
        if kind == 8:
            return chr(generator.choice([*range(0x20), 0x7f, *range(0x80, 0xa0), 0x300, 0x200d]))
        return generator.choice(MARKS)

    result = dict.fromkeys(["", " ", "a", "  a", "a  ", "\n", " \n ", "12345678", "'s", "é", "e\u0301"])
    while len(result) < count:
        parts = [part() for _ in range(generator.randint(1, 8))]
        result["".join(p + generator.choice(["", "", " "]) for p in parts)] = None
    return list(result)[:count]
