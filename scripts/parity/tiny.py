"""Tiny tokenizers of the families that are read, trained on a few lines; nothing is downloaded."""

import io

import sentencepiece
from tokenizers import (
    AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors,
    trainers)

from texts import texts

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
LINES = texts(3000, seed=1)


def byte_level(pre_tokenizer, specials, size, ignore_merges=False):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.add_special_tokens([AddedToken(s, normalized=False) for s in specials])
    return tokenizer


def gpt2():
    tokenizer = byte_level(
        pre_tokenizers.ByteLevel(add_prefix_space=False), ["<|endoftext|>"], 600)
    # A token of text, and one that takes the spaces around it along.
    tokenizer.add_tokens([AddedToken("▁▁a", normalized=True)])
    tokenizer.add_special_tokens([AddedToken("<|im_end|>", lstrip=True, rstrip=True)])
    return tokenizer


def smollm():
    return byte_level(
        pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False)]),
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], 600)


def llama3():
    tokenizer = byte_level(
        pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
        ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
         "<|eot_id|>"], 600, ignore_merges=True)
    start = tokenizer.token_to_id("<|begin_of_text|>")
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(
            single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", start)])])
    return tokenizer


def sentencepiece_model(size=700):
    """A SentencePiece BPE model with byte fallback, as Llama 2's."""
    model = io.BytesIO()
    # Mostly Latin, so that other scripts fall back to bytes.
    lines = [l for l in LINES if l.strip() and "\0" not in l
             and sum(c.isascii() for c in l) > 0.9 * len(l)]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="bpe", vocab_size=size,
        byte_fallback=True, character_coverage=0.99, normalization_rule_name="identity",
        remove_extra_whitespaces=False, add_dummy_prefix=True, split_digits=True,
        allow_whitespace_only_pieces=True, minloglevel=2)
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def merges(processor):
    """Every way in which two pieces make a piece, best first, as Transformers' converter lists them."""
    pieces = {processor.id_to_piece(i): i for i in range(processor.get_piece_size())}
    normal = {
        p: i for p, i in pieces.items()
        if not (processor.is_control(i) or processor.is_unknown(i) or processor.is_byte(i))}
    result = []
    for piece, i in normal.items():
        local = [(piece[:k], piece[k:]) for k in range(1, len(piece))
                 if piece[:k] in normal and piece[k:] in normal]
        local.sort(key=lambda pair: (normal[pair[0]], normal[pair[1]]))
        result += [(pair, processor.get_score(i)) for pair in local]
    result.sort(key=lambda entry: -entry[1])
    return pieces, [pair for pair, _ in result]


def llama2(processor, legacy):
    """Llama 2's tokenizer.json: as converted at first (`legacy`), and as Transformers writes it now."""
    pieces, pairs = merges(processor)
    tokenizer = Tokenizer(models.BPE(
        vocab=pieces, merges=pairs, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if legacy:
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
        decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens(
        [AddedToken(s, normalized=False) for s in ["<unk>", "<s>", "</s>"]])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def all_tokenizers():
    processor = sentencepiece_model()
    return processor, {
        "gpt2": gpt2(), "smollm": smollm(), "llama3": llama3(),
        "llama2-legacy": llama2(processor, True), "llama2": llama2(processor, False)}


def expected(tokenizer, strings):
    """What a tokenizer says of strings: ids as text, ids with control tokens, both decoded."""
    tokenizer.encode_special_tokens = True
    plain = [tokenizer.encode(s, add_special_tokens=False).ids for s in strings]
    tokenizer.encode_special_tokens = False
    markup = [tokenizer.encode(s).ids for s in strings]
    return {
        "plain": plain, "markup": markup,
        "decoded": [tokenizer.decode(ids, skip_special_tokens=True) for ids in markup],
        "kept": [tokenizer.decode(ids, skip_special_tokens=False) for ids in markup]}
