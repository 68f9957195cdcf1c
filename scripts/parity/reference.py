"""Writes what Transformers says of checkpoints and texts into a folder, for CheckpointParityTests.

Usage: reference.py FOLDER [SMOLLM2.gguf]
FOLDER/tokens/NAME.json   ids of 10,000 varied strings, beside the tokenizer.json or GGUF they are for
FOLDER/models/NAME/       tiny random checkpoints of the Llama 2 and Llama 3 families, with logits.json
FOLDER/smollm2/           logits and greedy continuations of the GGUF file
"""

import json
import pathlib
import shutil
import sys

import torch
from tokenizers import Tokenizer, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

import tiny
from fixtures import sentencepiece_vocabulary
from texts import texts

COUNT = 10_000
torch.set_num_threads(1)
PROMPTS = [
    "The capital of France is", "Toy Story (1995) is a film about", "1, 2, 3, 4,",
    "def add(a, b):\n    return", "Once upon a time, in a land far away,", "Water boils at",
    "The user watched: Heat, Alien, Fargo. Next:", "Dear Sir or Madam,\n\n", "Q: What is 2+2?\nA:",
    "Le film raconte l'histoire de", "東京は日本の", "Roses are red, violets are", "{\"title\": \"",
    "In machine learning, a neural network", "She opened the door and", "The best movie of 1994 was",
    "Ingredients: flour, sugar, eggs,", "Hello", "The quick brown fox", "Shakespeare wrote",
]


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def tokens(folder, gguf):
    strings = texts(COUNT)
    processor, tokenizers = tiny.all_tokenizers()
    for name, tokenizer in tokenizers.items():
        write(folder / f"{name}.json", {"strings": strings, **tiny.expected(tokenizer, strings)})
        tokenizer.save(str(folder / f"{name}.tokenizer.json"))
    write(folder / "sentencepiece.json", {
        "strings": strings, "plain": [processor.encode(s) for s in strings]})
    sentencepiece_vocabulary(processor, folder / "sentencepiece.gguf")
    if gguf:
        tokenizer = smollm2(gguf)
        write(folder / "smollm2.json", {"strings": strings, **tiny.expected(tokenizer, strings)})
        tokenizer.save(str(folder / "smollm2.tokenizer.json"))
        (folder / "smollm2.gguf").unlink(missing_ok=True)
        (folder / "smollm2.gguf").symlink_to(gguf.resolve())


def smollm2(gguf):
    """SmolLM2's tokenizer: Transformers reads it from GGUF without the step that cuts digits off, which
    the model's own tokenizer.json has."""
    tokenizer = Tokenizer.from_str(
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).backend_tokenizer.to_str())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return tokenizer


def models(folder, tokenizers):
    shape = dict(
        hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=128, initializer_range=0.2)
    llama3 = {
        "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
    families = {
        "llama2": ("llama2", torch.float16, dict(bos_token_id=1, eos_token_id=2)),
        "llama3": ("llama3", torch.bfloat16, dict(
            num_key_value_heads=2, rope_parameters=llama3, head_dim=32, bos_token_id=600,
            eos_token_id=[601, 604])),
        "tied": ("smollm", torch.float32, dict(num_key_value_heads=1, tie_word_embeddings=True)),
    }
    for index, (name, (vocabulary, dtype, changes)) in enumerate(families.items()):
        torch.manual_seed(index)
        tokenizer = tokenizers[vocabulary]
        config = LlamaConfig(vocab_size=tokenizer.get_vocab_size(), **{**shape, **changes})
        model = LlamaForCausalLM(config).to(dtype)
        path = folder / name
        shutil.rmtree(path, ignore_errors=True)
        model.save_pretrained(path, max_shard_size="100KB")
        tokenizer.save(str(path / "tokenizer.json"))
        sequences = [[(7 * i * i + 3 * i + k) % config.vocab_size for i in range(40)]
                     for k in range(4)]
        # Read again, because `to(dtype)` has rounded the rotary frequencies as well.
        model = LlamaForCausalLM.from_pretrained(path, dtype=torch.float32)
        write(path / "logits.json", logits(model, sequences))


@torch.no_grad()
def logits(model, sequences):
    """Logits after every token."""
    rows = [model(torch.tensor([s])).logits[0] for s in sequences]
    return {"tokens": sequences, "logits": [r.tolist() for r in rows]}


def chats(gguf):
    """Conversations as `apply_chat_template` writes them."""
    transformers = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    conversations = [
        [("user", "Which film next?")],
        [("system", "Be brief."), ("user", "Hi  there\n"), ("assistant", "Yes."), ("user", "So?")]]
    return [{
        "messages": c,
        "tokens": smollm2(gguf).encode(
            transformers.apply_chat_template(
                [{"role": r, "content": t} for r, t in c], add_generation_prompt=True,
                tokenize=False), add_special_tokens=False).ids} for c in conversations]


@torch.no_grad()
def smollm2_logits(folder, gguf):
    """Logits after each prompt, 32 greedy tokens, and conversations."""
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.float32).eval()
    tokenizer = smollm2(gguf)
    golden = {"tokens": [], "last": [], "greedy": [], "chats": chats(gguf)}
    for prompt in PROMPTS:
        ids = tokenizer.encode(prompt, add_special_tokens=False).ids
        golden["tokens"].append(ids)
        golden["last"].append(model(torch.tensor([ids])).logits[0, -1].tolist())
        out = model.generate(
            torch.tensor([ids]), max_new_tokens=32, do_sample=False, eos_token_id=None,
            pad_token_id=2)
        golden["greedy"].append(out[0, len(ids):].tolist())
    write(folder / "logits.json", golden)
    print("smollm2:", tokenizer.decode(golden["greedy"][0]))


if __name__ == "__main__":
    root = pathlib.Path(sys.argv[1])
    gguf = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    (root / "tokens").mkdir(parents=True, exist_ok=True)
    tokens(root / "tokens", gguf)
    models(root / "models", tiny.all_tokenizers()[1])
    if gguf:
        smollm2_logits(root / "smollm2", gguf)
