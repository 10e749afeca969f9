"""Writes FAMILY/model.gguf beside the models of make_fixtures.py: the same weights as llama.cpp
stores them, through the `gguf` package. Needs gguf, numpy and safetensors; nothing that is built or
tested needs this script.

    python tests/parity/make_gguf_fixtures.py tests/parity/fixtures
"""

import json
import pathlib
import sys

import gguf
from safetensors.numpy import load_file

NAMES = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
         "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm",
         "self_attn.k_norm": "attn_k_norm", "input_layernorm": "attn_norm",
         "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate",
         "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}
TOP = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
       "lm_head.weight": "output.weight"}


def stored_name(name):
    if name in TOP:
        return TOP[name]
    _, _, block, rest = name.split(".", 3)
    module, part = rest.rsplit(".", 1)
    return f"blk.{block}.{NAMES[module]}.{part}"


def with_neighbours(weight, heads):
    """Rows (i, i + d/2) of each head to (2i, 2i + 1), as convert_hf_to_gguf does for llama."""
    return (weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:])
            .swapaxes(1, 2).reshape(weight.shape))


def write(folder):
    config = json.loads((folder / "config.json").read_text())
    family = config["model_type"]
    writer = gguf.GGUFWriter(str(folder / "model.gguf"), family)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    rope = config.get("rope_parameters") or config
    scaling = config.get("rope_scaling") or rope
    writer.add_rope_freq_base(rope["rope_theta"])
    if config.get("head_dim"):
        writer.add_key_length(config["head_dim"])
        writer.add_value_length(config["head_dim"])
    if scaling.get("rope_type") == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        writer.add_rope_scaling_factor(scaling["factor"])
        writer.add_rope_scaling_orig_ctx_len(scaling["original_max_position_embeddings"])
    for name, weight in load_file(folder / "model.safetensors").items():
        if family == "llama" and ("q_proj" in name or "k_proj" in name):
            heads = config["num_attention_heads" if "q_proj" in name else "num_key_value_heads"]
            weight = with_neighbours(weight, heads)
        writer.add_tensor(stored_name(name), weight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    for family in ("llama-yarn", "qwen2", "qwen3"):
        write(pathlib.Path(sys.argv[1]) / family)


if __name__ == "__main__":
    main()
