#!/usr/bin/env bash
# Puts RL Trader into the cluster that kubectl names. --help says how.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
Puts RL Trader into the cluster of kubectl's current context: namespace, secrets, Redis and the four processes.
Secrets are made once, with new passwords, and kept when they are there. Images must have been pushed before.

Usage: k3s/deploy_rltrader_k3s.sh [options]

Options:
  --registry HOST[:PORT]  Registry that the nodes pull from. Default: localhost:5000.
  --tag TAG               Tag of the images. Default: the commit; with -dirty if files differ from it.
  --overlay NAME          Folder in k3s/overlays. Default: local.
  --context NAME          Context of kubectl. Default: the current one.
  --timeout SECONDS       How long each workload may take to be rolled out. Default: 300.
  --dry-run               Print what would be applied, without secrets, and change nothing.
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

run_deno() {
  if command -v deno >/dev/null; then deno "$@"; else npx -y "deno@$deno_version" "$@"; fi
}

cluster() {
  kubectl "${context[@]}" "$@"
}

# Prints the overlay with the registry and the tag that were asked for.
render() {
  local name
  {
    printf 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - ../%s\nimages:\n' "$overlay"
    for name in core trainer inference ui; do
      printf '  - name: localhost:5000/rltrader-%s\n    newName: %s/rltrader-%s\n    newTag: "%s"\n' \
        "$name" "$registry" "$name" "$tag"
    done
  } >"$folder/kustomization.yaml"
  kubectl kustomize "$folder"
}

registry=localhost:5000 tag='' overlay=local timeout=300 dry_run='' context=()
while (($# > 0)); do
  option=$1 value=''
  [[ "$option" != --*=* ]] || { value=${option#*=} option=${option%%=*}; set -- "$option" "$value" "${@:2}"; }
  case "$option" in
    --registry | --tag | --overlay | --context | --timeout)
      [[ -n "${2:-}" ]] || fail "$option must have a value: see --help"
      case "$option" in
        --registry) registry=$2 ;;
        --tag) tag=$2 ;;
        --overlay) overlay=$2 ;;
        --context) context=(--context "$2") ;;
        --timeout) timeout=$2 ;;
      esac
      shift 2
      ;;
    --dry-run) dry_run=yes && shift ;;
    --help) usage && exit 0 ;;
    *) fail "every option must be known: $option is not, see --help" ;;
  esac
done

[[ "$timeout" =~ ^[0-9]+$ ]] || fail "--timeout must be whole seconds: it is $timeout"
[[ -f "k3s/overlays/$overlay/kustomization.yaml" ]] || fail "the overlay must be a folder in k3s/overlays: $overlay is not"
command -v kubectl >/dev/null || fail 'kubectl must be on PATH: it is not (k3s installs one; see docs/containers.md)'
[[ -n "$tag" ]] || tag=$(commit_tag)

folder=$(mktemp -d k3s/overlays/.deploy-XXXXXX)
trap 'rm -rf "$folder"' EXIT
rendered=$(render)
namespace=$(sed -n '/^kind: Namespace$/,/^---$/s/^  name: //p' <<<"$rendered")
[[ -n "$namespace" ]] || fail "the overlay must hold a namespace: $overlay holds none"
if [[ -n "$dry_run" ]]; then
  printf '%s\n' "$rendered"
  exit 0
fi

deno_version=$(sed -n 's/.*DENO_VERSION = "\([^"]*\)".*/\1/p' services/dev/setup/diagnosis.ts)
command -v deno >/dev/null || command -v npx >/dev/null || fail 'deno or npx must be on PATH to make the secrets: neither is'
cluster version --request-timeout=10s >/dev/null 2>&1 ||
  fail 'a cluster must answer: none does (kubectl cluster-info says why; for k3s: export KUBECONFIG=/etc/rancher/k3s/k3s.yaml)'
cluster get namespace "$namespace" >/dev/null 2>&1 || cluster create namespace "$namespace"
if ! cluster --namespace "$namespace" get secret redis-users >/dev/null 2>&1; then
  run_deno run --no-prompt services/dev/cluster/main.ts "--namespace=$namespace" | cluster create --filename -
fi
cluster apply --filename - <<<"$rendered"
cluster --namespace "$namespace" rollout status statefulset/redis "--timeout=${timeout}s"
for name in core trainer inference ui; do
  cluster --namespace "$namespace" rollout status "deployment/$name" "--timeout=${timeout}s"
done
printf 'The page: kubectl --namespace %s port-forward service/ui 8080:80, then http://127.0.0.1:8080\n' "$namespace"
