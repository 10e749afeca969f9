"""The math verifier beside Math-Verify on the same cases: right verdicts, false positives and
negatives, processor time of a case. Needs math-verify; nothing that is built or tested needs this
script.

    python tests/bench/compare_math_verify.py build/cpu-release/bin/verifier_bench $R1_TEST_DATA

Four sets. Math-Verify's own test cases, with the options they are tested with. Model solutions to
GSM8K with the labels of their publishers, the answer being what follows "A: ". The answers of
MATH-500 against the worked solutions, whole texts: all the same. And against the answer of the next
problem: different, but where the two are written alike, or so but for a name ("x = 5", "5").
"""

import gzip
import importlib.metadata
import json
import logging
import pathlib
import statistics
import subprocess
import sys
import time

from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

CONFIGS = {"latex": LatexExtractionConfig(), "expr": ExprExtractionConfig()}


def rows_of(path):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def own_cases(data):
    for row in rows_of(data / "verifier/math_verify_dev.jsonl"):
        options = row["options"]
        yield {"gold": row["gold"], "answer": row["pred"], "expected": row["expected"],
               "extract": True, "id": row["id"],
               "types": options["match_types"],
               **({"decimal_places": options["precision"]} if "precision" in options else {})}


def gsm8k_cases(data):
    for row in rows_of(data / "gsm8k/model_solutions_labelled.jsonl.gz"):
        _, _, answer = row["solution"].rpartition("A: ")
        yield {"gold": row["gold"], "answer": answer, "expected": row["is_correct"],
               "extract": False, "id": row["idx"], "types": ["latex", "expr"]}


def math500_cases(data, same):
    rows = rows_of(data / "math/math500.jsonl")
    for row, following in zip(rows, rows[1:] + rows[:1]):
        if not same and row["answer"].split("=")[-1] == following["answer"].split("=")[-1]:
            continue
        yield {"gold": f"${row['answer']}$",
               "answer": row["solution"] if same else f"${following['answer']}$",
               "expected": same, "extract": True, "id": row["unique_id"],
               "types": ["latex", "expr"]}


def math_verify(case):
    configs = [CONFIGS[kind] for kind in case["types"] if kind in CONFIGS]
    start = time.process_time()
    found = verify(parse(case["gold"], configs), parse(case["answer"], configs),
                   float_rounding=case.get("decimal_places", 6))
    return found, 1e6 * (time.process_time() - start)


def ours(bench, cases):
    text = "".join(json.dumps(case) + "\n" for case in cases)
    out = subprocess.run([bench], input=text, capture_output=True, text=True, check=True).stdout
    verdicts = [json.loads(line) for line in out.splitlines()]
    return [(v["verdict"] == "correct", v["micros"]) for v in verdicts]


def show(name, who, cases, results):
    wrong = [(case, found) for case, (found, _) in zip(cases, results) if found != case["expected"]]
    positives = sum(found for _, found in wrong)
    micros = [took for _, took in results]
    print(f"| {name} | {who} | {len(cases) - len(wrong)} of {len(cases)} | {positives} | "
          f"{len(wrong) - positives} | {statistics.median(micros):.3g} us | "
          f"{max(micros) / 1000:.3g} ms |", flush=True)
    for case, found in wrong[:25]:
        print(f"    {who} says {found}: {case['id']}: gold {case['gold'][-80:]!r}, "
              f"answer {case['answer'][-80:]!r}", file=sys.stderr)


def main():
    bench, data = sys.argv[1], pathlib.Path(sys.argv[2])
    logging.disable(logging.CRITICAL)
    parse("$1$")  # imports what is imported late
    print("Math-Verify", importlib.metadata.version("math-verify"))
    print("| cases | verifier | right | false positives | false negatives | median | worst |")
    print("|---|---|---|---|---|---|---|")
    for name, cases in (("Math-Verify's own", own_cases(data)),
                        ("GSM8K solutions", gsm8k_cases(data)),
                        ("MATH-500, worked solutions", math500_cases(data, True)),
                        ("MATH-500, another answer", math500_cases(data, False))):
        cases = list(cases)
        show(name, "R1", cases, ours(bench, cases))
        show(name, "Math-Verify", cases, [math_verify(case) for case in cases])


if __name__ == "__main__":
    main()
