#!/usr/bin/env bash
# Puts RL Trader into the cluster that kubectl names, or takes it out. --help says how.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
Puts RL Trader into the cluster of kubectl's current context: namespace, secrets, Redis and the four processes.
Secrets are made once, with new passwords, and kept when they are there. Images must have been pushed before.
It waits until everything is rolled out; what is not is rolled back to what ran before. What it did is in build.log.

Usage: k3s/deploy_rltrader_k3s.sh [options]

Options:
  --registry HOST[:PORT]  Registry that the nodes pull from. Default: localhost:5000.
  --tag TAG               Tag of the images. Default: the commit; with -dirty if files differ from it.
  --overlay NAME          Folder in k3s/overlays. Default: local.
  --context NAME          Context of kubectl. Default: the current one.
  --timeout SECONDS       How long each workload may take to be rolled out. Default: 300.
  --delete                Take everything out but the data: claims, secrets and the namespace stay.
  --delete-data           Take the data out, too: everything that was learned and traded is gone.
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

here() {
  cluster --namespace "$namespace" "$@"
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

# The secrets, where there are none. With TLS also a certificate of an authority of its own, whose key is not kept.
make_secrets() {
  local options=()
  [[ "$rendered" != *'secretName: redis-tls'* ]] || options+=(--tls)
  if ! here get secret redis-users >/dev/null 2>&1; then
    run_deno run --no-prompt services/dev/cluster/main.ts "--namespace=$namespace" "${options[@]}" | cluster create --filename -
  fi
  [[ "${options[*]}" == --tls ]] || return 0
  ! here get secret redis-tls >/dev/null 2>&1 || return 0
  command -v openssl >/dev/null || fail 'openssl must be on PATH to make a certificate, or the secret redis-tls must be there: neither is'
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=rltrader" \
    -addext basicConstraints=critical,CA:true -keyout "$folder/ca.key" -out "$folder/ca.crt" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=redis \
    -keyout "$folder/tls.key" -out "$folder/tls.csr" 2>/dev/null
  openssl x509 -req -in "$folder/tls.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -days 825 -out "$folder/tls.crt" \
    -extfile <(printf 'subjectAltName=DNS:redis,DNS:redis.%s.svc,DNS:localhost' "$namespace") 2>/dev/null
  here create secret generic redis-tls "--from-file=$folder/tls.crt" "--from-file=$folder/tls.key" "--from-file=$folder/ca.crt"
}

roll_out() {
  local name
  for name in statefulset/redis deployment/{core,trainer,inference,ui}; do
    here rollout status "$name" "--timeout=${timeout}s" || return 1
  done
}

# A workload that was rolled out before goes back to that; one that is new stays as it is, to be looked at.
roll_back() {
  local name
  printf 'Rolling back what is not rolled out:\n' >&2
  here get pods --output wide >&2 || true
  for name in deployment/{ui,inference,trainer,core} statefulset/redis; do
    here rollout status "$name" --timeout=1s >/dev/null 2>&1 || here rollout undo "$name" >&2 || true
  done
  fail "everything must be rolled out within $timeout s each: see above, and kubectl --namespace $namespace describe pods"
}

take_out() {
  if [[ "$delete" == data ]]; then
    cluster delete --ignore-not-found namespace "$namespace"
    printf 'Taken out, with its data.\n'
    return
  fi
  local kinds=deployment,statefulset,cronjob,job,service,ingress,configmap,horizontalpodautoscaler,poddisruptionbudget
  here delete --ignore-not-found "$kinds,networkpolicy,serviceaccount" --selector app.kubernetes.io/part-of=rltrader
  if cluster api-resources --output name 2>/dev/null | grep -qx scaledobjects.keda.sh; then
    here delete --ignore-not-found scaledobjects.keda.sh --selector app.kubernetes.io/part-of=rltrader
  fi
  printf 'Taken out. The data stay: %s\n' "$(here get persistentvolumeclaims --output name | tr '\n' ' ')"
}

tell() {
  local host
  host=$(here get ingress ui --output 'jsonpath={.spec.rules[0].host}' 2>/dev/null) || host=''
  [[ -z "$host" ]] || printf 'The page: http://%s/ by the ingress, or\n' "$host"
  printf 'The page: kubectl --namespace %s port-forward service/ui 8080:80, then http://127.0.0.1:8080/\n' "$namespace"
  printf 'Its token: kubectl --namespace %s get secret ui-token --output "jsonpath={.data.RLTRADER_UI_TOKEN}" | base64 -d\n' "$namespace"
  printf 'The logs: kubectl --namespace %s logs --follow --prefix --selector app.kubernetes.io/part-of=rltrader --max-log-requests 20\n' "$namespace"
}

registry=localhost:5000 tag='' overlay=local timeout=300 dry_run='' delete='' context=()
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
    --delete) delete=${delete:-workloads} && shift ;;
    --delete-data) delete=data && shift ;;
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

exec > >(tee -a build.log) 2>&1
printf -- '-- %s deploy %s %s to %s\n' "$(date -u +%FT%TZ)" "${delete:+delete}" "$tag" "$namespace"
deno_version=$(sed -n 's/.*DENO_VERSION = "\([^"]*\)".*/\1/p' services/dev/setup/diagnosis.ts)
command -v deno >/dev/null || command -v npx >/dev/null || fail 'deno or npx must be on PATH to make the secrets: neither is'
cluster version --request-timeout=10s >/dev/null 2>&1 ||
  fail 'a cluster must answer: none does (kubectl cluster-info says why; for k3s: export KUBECONFIG=/etc/rancher/k3s/k3s.yaml)'
if [[ -n "$delete" ]]; then
  take_out
  exit 0
fi
cluster get namespace "$namespace" >/dev/null 2>&1 || cluster create namespace "$namespace"
make_secrets
cluster apply --filename - <<<"$rendered"
roll_out || roll_back
tell
