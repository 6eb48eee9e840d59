#!/bin/sh
# Deploys an image by an overlay: migrates first, then replaces the pods, and waits.
#   ops/kubernetes/deploy.sh OVERLAY registry/name@sha256:…
set -eu

overlay=$1 image=$2

# The image of the base is a name without an address.
manifests() {
    kubectl kustomize "$overlay" | sed "s|image: incident-sla-tracker.*|image: $image|"
}

kubectl --namespace tracker delete job migrate --ignore-not-found
manifests | kubectl apply --filename - \
    --selector 'app.kubernetes.io/component in (base,migrate)'
kubectl --namespace tracker wait --for=condition=complete --timeout=10m job/migrate
manifests | kubectl apply --filename -
for part in web worker; do
    kubectl --namespace tracker rollout status --timeout=5m "deployment/$part"
done
