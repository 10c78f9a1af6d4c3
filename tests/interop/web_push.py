"""Encrypts texts as an application server does, on pywebpush.

Standard input: {"subscription": the Push API's, "texts": [...]}. Prints the bodies of the pushes, in base64url.
"""

import base64
import json
import sys

from pywebpush import WebPusher


def main():
    asked = json.load(sys.stdin)
    pusher = WebPusher(asked["subscription"])
    bodies = [pusher.encode(text.encode(), content_encoding="aes128gcm")["body"] for text in asked["texts"]]
    print(json.dumps([base64.urlsafe_b64encode(body).decode().rstrip("=") for body in bodies]))


if __name__ == "__main__":
    main()
