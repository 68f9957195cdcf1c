"""Writes Tests/LanguageModelsTests/Fixtures/checkpoints: small references for reading checkpoints.

Made with the versions in requirements.txt; seeds are in the code, nothing is downloaded.
Run: scripts/parity.sh fixtures
"""

import json
import pathlib
import sys

import gguf
import numpy as np
from safetensors.numpy import save_file
from transformers import LlamaConfig
from transformers.modeling_gguf_pytorch_utils import LlamaTensorProcessor
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

import tiny
from texts import texts

WIDTH, HEADS, SHARED, HEAD, INNER, WORDS = 256, 4, 2, 4, 8, 12
random = np.random.default_rng(20261125)


def k_blocks(kind, rows):
    """Random blocks of a K format, which the package only reads: small scales, any integers."""
    block, size = gguf.GGML_QUANT_SIZES[kind]
    data = random.integers(0, 256, (rows, WIDTH // block, size), dtype=np.uint8)
    scale = (random.random((rows, WIDTH // block, 2)) * 0.01).astype(np.float16)
    where = {gguf.GGMLQuantizationType.Q4_K: (0, 4), gguf.GGMLQuantizationType.Q6_K: (208, 210)}
    start, end = where[kind]
    data[..., start:end] = scale.view(np.uint8)[..., : end - start]
    return data.reshape(rows, -1)


def quantized(root):
    """A model of one layer with every type of tensor, and the same in float32 under Hugging Face names."""
    types = gguf.GGMLQuantizationType
    writer = gguf.GGUFWriter(root / "quantized.gguf", "llama")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(SHARED)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(500000.0)
    add_tokenizer(writer, ["w", "0", "w0"] + [f"w{i}" for i in range(1, WORDS - 2)])
    shapes = {
        "token_embd": ("model.embed_tokens", WORDS, WIDTH, types.Q8_0),
        "output": ("lm_head", WORDS, WIDTH, types.BF16),
        "output_norm": ("model.norm", 0, WIDTH, types.F32),
        "blk.0.attn_norm": ("model.layers.0.input_layernorm", 0, WIDTH, types.F32),
        "blk.0.attn_q": ("model.layers.0.self_attn.q_proj", HEADS * HEAD, WIDTH, types.Q4_K),
        "blk.0.attn_k": ("model.layers.0.self_attn.k_proj", SHARED * HEAD, WIDTH, types.Q6_K),
        "blk.0.attn_v": ("model.layers.0.self_attn.v_proj", SHARED * HEAD, WIDTH, types.Q4_1),
        "blk.0.attn_output": ("model.layers.0.self_attn.o_proj", WIDTH, HEADS * HEAD, types.F16),
        "blk.0.ffn_norm": ("model.layers.0.post_attention_layernorm", 0, WIDTH, types.F32),
        "blk.0.ffn_gate": ("model.layers.0.mlp.gate_proj", INNER, WIDTH, types.Q4_0),
        "blk.0.ffn_up": ("model.layers.0.mlp.up_proj", INNER, WIDTH, types.Q6_K),
        "blk.0.ffn_down": ("model.layers.0.mlp.down_proj", WIDTH, INNER, types.F32),
    }
    writer.add_tensor("rope_freqs.weight", llama3_divisors())
    processor = LlamaTensorProcessor({"num_attention_heads": HEADS, "num_key_value_heads": SHARED})
    expected = {}
    for name, (known, rows, columns, kind) in shapes.items():
        if kind in (types.Q4_K, types.Q6_K):
            data = k_blocks(kind, rows)
        else:
            shape = (rows, columns) if rows else (columns,)
            data = gguf.quants.quantize(random.standard_normal(shape).astype(np.float32), kind)
        values = gguf.quants.dequantize(data, kind).astype(np.float32)
        if name.endswith(("attn_q", "attn_k")):
            heads = HEADS if name.endswith("q") else SHARED
            values = processor._reverse_permute_weights(values, HEADS, heads)
        expected[known + ".weight"] = np.ascontiguousarray(values)
        writer.add_tensor(name + ".weight", data, raw_dtype=kind)
    close(writer)
    save_file(expected, root / "quantized.safetensors")


def llama3_divisors():
    """By how much Llama 3.1 divides its frequencies, as llama.cpp's converter keeps it."""
    frequencies = 1 / 500000.0 ** (np.arange(0, HEAD, 2) / HEAD)
    config = LlamaConfig(
        hidden_size=WIDTH, num_attention_heads=HEADS, head_dim=HEAD, rope_parameters={
            "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 8192})
    scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    return (frequencies / scaled.double().numpy()).astype(np.float32)


def add_tokenizer(writer, words):
    """A byte-level vocabulary without merges."""
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(words)
    writer.add_token_types([gguf.TokenType.NORMAL] * len(words))
    writer.add_token_merges(["w 0"])


def close(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def sentencepiece_vocabulary(processor, path):
    """A SentencePiece vocabulary as GGUF keeps it: pieces, scores, kinds."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model("llama")
    count = processor.get_piece_size()
    writer.add_token_list([processor.id_to_piece(i) for i in range(count)])
    writer.add_token_scores([processor.get_score(i) for i in range(count)])
    writer.add_token_types([
        gguf.TokenType.UNKNOWN if processor.is_unknown(i) else
        gguf.TokenType.CONTROL if processor.is_control(i) else
        gguf.TokenType.BYTE if processor.is_byte(i) else gguf.TokenType.NORMAL
        for i in range(count)])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    close(writer)


def main(root):
    root.mkdir(parents=True, exist_ok=True)
    quantized(root)
    processor, tokenizers = tiny.all_tokenizers()
    strings = texts(200, seed=2)
    sentencepiece_vocabulary(processor, root / "sentencepiece.gguf")
    golden = {
        "strings": strings,
        "sentencepiece": [processor.encode(s) for s in strings],
        "tokenizers": {
            name: tiny.expected(t, strings) for name, t in tokenizers.items()},
    }
    for name, tokenizer in tokenizers.items():
        tokenizer.save(str(root / f"{name}.tokenizer.json"), pretty=False)
    text = json.dumps(golden, ensure_ascii=False, separators=(",", ":"))
    (root / "tokenizers.json").write_text(text + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
