#!/usr/bin/env bash
# Builds the door's benchmark in Swift: `cargo xtask bench` does.
#
#   build.sh LIBRARIES BASELINE OUT     from the repository's root: the folders of the two libraries and
#                                       of the baseline's generated code, and where to build
set -euo pipefail

libraries=$1 baseline=$2 out=$3
package=bindings/swift/Sources
flags=(-O -whole-module-optimization -suppress-warnings -I "$package/AuthenticatorCoreFFI" -I "$out"
    -Xcc "-fmodule-map-file=$baseline/DoorBaselineFFI.modulemap")
mkdir -p "$out"

module() { # module NAME MODE SOURCE…
    local name=$1 mode=$2
    shift 2
    swiftc "${flags[@]}" -swift-version "$mode" -parse-as-library -package-name swift \
        -module-name "$name" -emit-module -emit-module-path "$out/$name.swiftmodule" \
        -emit-object -o "$out/$name.o" "$@"
}
module AuthenticatorCoreBindings 5 "$package"/AuthenticatorCoreBindings/*.swift
# Apple's part does not name what Linux has not.
mapfile -d '' -t layer < <(find "$package/AuthenticatorCore" -name '*.swift' -print0)
module AuthenticatorCore 6 "${layer[@]}"
module DoorBaseline 5 "$baseline/DoorBaseline.swift"
swiftc "${flags[@]}" -swift-version 6 -module-name Measure -o "$out/measure" benches/door/swift/main.swift \
    "$out"/{AuthenticatorCoreBindings,AuthenticatorCore,DoorBaseline}.o \
    -L "$libraries" -ldoor_baseline -Xlinker -rpath -Xlinker "$libraries"
