"""What is generated from the models and ``topics.yaml``; ``python -m contracts.generate`` writes it."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "contracts" / "examples"
GENERATED_BY = "python -m contracts.generate"
