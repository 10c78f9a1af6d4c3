#!/usr/bin/env bash
# Type-checks the generated code, then the package as Apple's systems see it, in language mode 6 and with
# warnings as errors: on Linux, where Security, LocalAuthentication, CryptoKit and Darwin are the
# declarations beside this file.
#
#   Tests/AppleStubs/check.sh SCRATCH     from the package's folder; SCRATCH keeps the modules
set -euo pipefail

scratch=$1
sources=Sources
mode=(-swift-version 6 -warnings-as-errors -I "$sources/AuthenticatorCoreFFI")
mkdir -p "$scratch"

# The generated code promises mode 5. That it is right in mode 6 too is checked here.
swiftc -typecheck "${mode[@]}" -module-name AuthenticatorCoreBindings -parse-as-library \
    "$sources"/AuthenticatorCoreBindings/*.swift

module() { # module NAME SOURCE…: its interface alone
    local name=$1
    shift
    swiftc -emit-module -parse-as-library -package-name swift "${mode[@]}" -I "$scratch" \
        -module-name "$name" -emit-module-path "$scratch/$name.swiftmodule" "$@"
}
for stub in Darwin Security LocalAuthentication CryptoKit; do
    module "$stub" "Tests/AppleStubs/$stub.swift"
done
module AuthenticatorCoreBindings "$sources"/AuthenticatorCoreBindings/*.swift
find "$sources/AuthenticatorCore" -name '*.swift' -print0 |
    xargs -0 swiftc -typecheck -parse-as-library -package-name swift "${mode[@]}" -I "$scratch" \
        -module-name AuthenticatorCore
