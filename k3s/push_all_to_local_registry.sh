#!/usr/bin/env bash
# Builds the four images and pushes them to a registry. --help says how.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
Builds the images of core, trainer, inference and ui, and pushes them to a registry. What it did is in build.log.

Usage: k3s/push_all_to_local_registry.sh [options]

Options:
  --registry HOST[:PORT]  Registry to push to. Default: localhost:5000.
  --tag TAG               Tag of the images. Default: the commit; with -dirty if files differ from it.
  --builder NAME          docker, podman or buildah. Default: the first of them that can build.
  --builder-arg ARG       Hand this to the builder's build command too; may be given more than once.
  --overlay NAME          The images as this folder of k3s/overlays needs them: gpu takes LibTorch's CUDA libraries along.
                          Default: local.
  --only NAME             Only this image; may be given more than once.
  --insecure              The registry speaks plain HTTP. Loopback registries are taken to.
  --no-push               Build only.
  --dry-run               Print the commands and run none of them.
  --help                  Print this and stop.
TEXT
}

fail() {
  printf 'Cannot go on as %s\n' "$1" >&2
  exit 1
}

commit_tag() {
  local tag
  tag=$(git rev-parse --short=12 HEAD 2>/dev/null) || fail 'a tag must be known outside a git checkout: give --tag'
  [[ -z "$(git status --porcelain 2>/dev/null)" ]] || tag+=-dirty
  printf '%s' "$tag"
}

# Docker's client alone builds nothing.
can_build() {
  command -v "$1" >/dev/null || return 1
  [[ "$1" != docker ]] || { docker buildx version && docker info; } >/dev/null 2>&1
}

find_builder() {
  local name
  for name in docker podman buildah; do
    if can_build "$name"; then
      printf '%s' "$name"
      return
    fi
  done
  fail 'a builder must be there: neither docker (with its daemon and buildx), podman nor buildah is'
}

run() {
  printf '+ %s\n' "${*@Q}" >&2
  [[ -n "$dry_run" ]] || "$@"
}

build() {
  local name=$1 file=Dockerfile.inference
  [[ "$name" != trainer ]] || file=Dockerfile.trainer
  local accelerator=cpu
  [[ "$overlay" != gpu ]] || accelerator=cuda
  local args=(--file "$file" --target "$name" --tag "$registry/rltrader-$name:$tag")
  args+=(--build-arg "REVISION=$tag")
  [[ "$name" != trainer ]] || args+=(--build-arg "ACCELERATOR=$accelerator")
  args+=("${builder_args[@]}" .)
  case "$builder" in
    docker) run env DOCKER_BUILDKIT=1 docker build "${args[@]}" ;;
    podman) run podman build --layers --format docker "${args[@]}" ;;
    buildah) run buildah bud --layers --format docker "${args[@]}" ;;
  esac
}

push() {
  local image="$registry/rltrader-$1:$tag"
  if [[ "$builder" == docker ]]; then
    run docker push "$image"
  else
    run "$builder" push "${tls[@]}" "$image"
  fi
}

registry=localhost:5000 tag='' builder='' overlay=local dry_run='' push=yes insecure=''
builder_args=() only=()
while (($# > 0)); do
  option=$1 value=''
  [[ "$option" != --*=* ]] || { value=${option#*=} option=${option%%=*}; set -- "$option" "$value" "${@:2}"; }
  case "$option" in
    --registry | --tag | --builder | --builder-arg | --overlay | --only)
      [[ -n "${2:-}" ]] || fail "$option must have a value: see --help"
      case "$option" in
        --registry) registry=$2 ;;
        --tag) tag=$2 ;;
        --builder) builder=$2 ;;
        --builder-arg) builder_args+=("$2") ;;
        --overlay) overlay=$2 ;;
        --only) only+=("$2") ;;
      esac
      shift 2
      ;;
    --insecure) insecure=yes && shift ;;
    --no-push) push='' && shift ;;
    --dry-run) dry_run=yes && shift ;;
    --help) usage && exit 0 ;;
    *) fail "every option must be known: $option is not, see --help" ;;
  esac
done

((${#only[@]} > 0)) || only=(core trainer inference ui)
for name in "${only[@]}"; do
  [[ "$name" =~ ^(core|trainer|inference|ui)$ ]] || fail "--only must be core, trainer, inference or ui: it is $name"
done
[[ -f "k3s/overlays/$overlay/kustomization.yaml" ]] || fail "the overlay must be a folder in k3s/overlays: $overlay is not"
[[ -n "$tag" ]] || tag=$(commit_tag)
[[ -n "$builder" ]] || builder=$(find_builder)
[[ "$builder" =~ ^(docker|podman|buildah)$ ]] || fail "--builder must be docker, podman or buildah: it is $builder"
[[ -n "$dry_run" ]] || can_build "$builder" ||
  fail "the builder must be on PATH, and docker with its daemon and buildx: $builder is not"
[[ ! "$registry" =~ ^(localhost|127\.0\.0\.1)(:|$) ]] || insecure=yes
tls=() scheme=https
[[ -z "$insecure" ]] || { tls=(--tls-verify=false) scheme=http; }

if [[ -z "$dry_run" ]]; then
  exec > >(tee -a build.log) 2>&1
  printf -- '-- %s build and push %s to %s\n' "$(date -u +%FT%TZ)" "${only[*]}" "$registry"
fi
if [[ -n "$push" && -z "$dry_run" ]]; then
  command -v curl >/dev/null || fail 'curl must be on PATH to ask for the registry: it is not'
  curl --silent --fail --show-error --max-time 10 --output /dev/null "$scheme://$registry/v2/" ||
    fail "a registry must answer at $scheme://$registry/v2/: none does (start one, or give --registry or --no-push)"
fi
for name in "${only[@]}"; do build "$name"; done
[[ -n "$push" ]] || exit 0
for name in "${only[@]}"; do push "$name"; done
[[ -n "$dry_run" ]] || printf 'Pushed. Next: k3s/deploy_rltrader_k3s.sh --registry %s --tag %s --overlay %s\n' "$registry" "$tag" "$overlay"
