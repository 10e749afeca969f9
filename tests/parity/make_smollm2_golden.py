"""Writes smollm2.jsonl: what `transformers` computes from a GGUF file of SmolLM2-135M-Instruct with
its weights dequantised, in double precision. Needs torch, transformers and gguf; nothing that is
built or tested needs this script.

    python tests/parity/make_smollm2_golden.py SmolLM2-135M-Instruct.Q4_1.gguf \
        tests/parity/fixtures/smollm2.jsonl

A line a prompt: id, prompt, prompt_ids, greedy_ids (200 tokens, end tokens included),
token_logprobs of the greedy ids, margins (how far the likeliest token's logit lies above the next
one's, at each of them), and logits at the prompt's end: every 128th, and the largest's id.
"""

import hashlib
import json
import pathlib
import sys

import torch
import transformers

LENGTH = 200
QUESTIONS = {
    "capital": "What is the capital of France?",
    "sky": "Explain in two sentences why the sky is blue.",
    "sum": "Tom has 3 apples and buys 25 more. How many apples does he have now?",
    "sleep": "Give me three tips for sleeping better.",
    "python": "Write a Python function that returns the n-th Fibonacci number.",
}
TEXTS = {
    "story": "Once upon a time, in a village by the sea, there lived",
    "numbers": "2, 4, 8, 16, 32, 64, 128,",
    "unicode": "Ein Stück über Zürich, naïve café, 东京 и Москва:",
}


def continue_greedily(model, prompt):
    """Greedy ids with the double-precision log-probabilities and margins of each."""
    ids, cache, fed = list(prompt), None, 0
    logprobs, margins, first = [], [], None
    for _ in range(LENGTH):
        out = model(torch.tensor([ids[fed:]]), past_key_values=cache, use_cache=True)
        cache, fed = out.past_key_values, len(ids)
        logits = out.logits[0, -1].double()
        first = logits if first is None else first
        best = torch.topk(logits, 2)
        margins.append((best.values[0] - best.values[1]).item())
        logprobs.append((best.values[0] - torch.logsumexp(logits, 0)).item())
        ids.append(best.indices[0].item())
    return ids[len(prompt):], logprobs, margins, first


def main():
    source = pathlib.Path(sys.argv[1])
    tokenizer = transformers.AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        source.parent, gguf_file=source.name, dtype=torch.float32).double().eval()
    prompts = {name: tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], tokenize=False, add_generation_prompt=True)
        for name, question in QUESTIONS.items()} | TEXTS
    with open(sys.argv[2], "w", encoding="utf-8") as out, torch.no_grad():
        for name, prompt in prompts.items():
            prompt_ids = tokenizer.encode(prompt, add_special_tokens=False)
            ids, logprobs, margins, logits = continue_greedily(model, prompt_ids)
            row = {"id": name, "prompt": prompt, "prompt_ids": prompt_ids, "greedy_ids": ids,
                   "token_logprobs": [round(x, 6) for x in logprobs],
                   "margins": [round(x, 5) for x in margins],
                   "logits_128": [round(x, 5) for x in logits[::128].tolist()],
                   "likeliest": logits.argmax().item()}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            print(name, len(prompt_ids), "least margin", min(margins), repr(tokenizer.decode(ids)))
    print("transformers", transformers.__version__, "torch", torch.__version__, "sha256 of the file",
          hashlib.sha256(source.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
