"""Ask a boolean flag for some people: `python ask.py new-checkout alice bob`."""

import os
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext


def main(flag: str, *people: str) -> None:
    key = os.environ["FLAGPLATFORM_KEY"]
    api.set_provider_and_wait(
        OFREPProvider(os.environ["FLAGPLATFORM_URL"], headers_factory=lambda: {"Authorization": f"Bearer {key}"})
    )
    client = api.get_client()
    for person in people:
        found = client.get_boolean_details(flag, False, EvaluationContext(person))
        why = found.error_message or found.reason
        print(f"{person:<6} {found.value!s:<6} {found.variant or '-':<8} {why}")


if __name__ == "__main__":
    main(*sys.argv[1:])
