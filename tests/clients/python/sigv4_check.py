"""Checks captured Bedrock requests with botocore: would AWS have accepted the signature?

    SIGV4_CAPTURES=FOLDER cargo test --test bedrock same_request
    python3 tests/clients/python/sigv4_check.py FOLDER

Each capture is what came over the wire. Only the signed headers and the raw URL go into the comparison, and botocore
signs them anew for the time that the request claims. Exits 1 if one signature differs, or if there is nothing to check.
"""

import json
import pathlib
import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def expected(capture):
    headers = dict(capture["headers"])
    signed = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    request = AWSRequest(
        method=capture["method"],
        url=capture["url"],
        headers={name: headers[name] for name in signed if name not in ("x-amz-date", "x-amz-security-token")},
        data=capture["body"].encode(),
    )
    credentials = Credentials(capture["access_key"], capture["secret_key"], capture["session_token"])
    auth = SigV4Auth(credentials, "bedrock", capture["region"])
    request.context["timestamp"] = headers["x-amz-date"]
    request.headers["X-Amz-Date"] = headers["x-amz-date"]
    if capture["session_token"]:
        request.headers["X-Amz-Security-Token"] = capture["session_token"]
    canonical = auth.canonical_request(request)
    signature = auth.signature(auth.string_to_sign(request, canonical), request)
    return headers["authorization"].rsplit("Signature=", 1)[1], signature


def main(folder):
    captures = sorted(pathlib.Path(folder).glob("*.json"))
    bad = 0
    for path in captures:
        sent, computed = expected(json.loads(path.read_text()))
        print(f"{path.stem}: {'match' if sent == computed else f'sent {sent}, botocore computes {computed}'}")
        bad += sent != computed
    if not captures:
        print(f"no captures in {folder}")
    return 1 if bad or not captures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
