{{/* Combinations that would lose data, or never work, told in a sentence before anything is installed. */}}
{{- define "comfymux.refuse" -}}
{{- $v := .Values }}
{{- $databases := 0 }}
{{- range list $v.database.existingSecret $v.database.url $v.cloudnativepg.enabled $v.postgresql.enabled }}{{ if . }}{{ $databases = add1 $databases }}{{ end }}{{ end }}
{{- if eq $databases 0 }}{{ fail "No database: set database.existingSecret, database.url or cloudnativepg.enabled, or for a trial postgresql.enabled. The embedded PostgreSQL is not used in a cluster: its data would go with the pod." }}{{ end }}
{{- if gt $databases 1 }}{{ fail "Several databases: set only one of database.existingSecret, database.url, cloudnativepg.enabled and postgresql.enabled." }}{{ end }}
{{- if and $v.postgresql.enabled (not $v.postgresql.password) }}{{ fail "postgresql.password is empty: one made up at each upgrade would lock the service out of its data." }}{{ end }}
{{- if and $v.autoscaling.enabled (gt (int $v.autoscaling.minReplicas) (int $v.autoscaling.maxReplicas)) }}{{ fail "autoscaling.minReplicas is larger than autoscaling.maxReplicas." }}{{ end }}
{{- if eq $v.storage.type "s3" }}
{{- if not $v.storage.s3.bucket }}{{ fail "storage.type is s3 and storage.s3.bucket is empty." }}{{ end }}
{{- else if and (gt (include "comfymux.mostReplicas" . | int) 1) (ne $v.storage.file.accessMode "ReadWriteMany") }}
{{- fail "Several replicas with files that they do not share: a result that one keeps would be missing at the others. Use storage.type=s3, or storage.file.accessMode=ReadWriteMany." }}
{{- end }}
{{- range $name := list "DATABASE_URL" "DATABASE_POOL_SIZE" "STORAGE_URL" "DATA_DIR" "NODES" "NODES_KUBERNETES" "NODES_DNS" "NODES_FILE" "NODE_ENV" "HOST" "PORT" "NATIVE_PORT" "PUBLIC_URL" "WORKFLOWS_DIR" "SHUTDOWN_TIMEOUT_MS" "SIMULATE" "SCALING_POOLS" "SCALING_TARGET_WAIT_S" "ADMIN_KEY_FILE" "METRICS_KEY_FILE" }}
{{- if hasKey $v.env $name }}{{ fail (printf "env.%s is set by other values of this chart; remove it from env." $name) }}{{ end }}
{{- end }}
{{- $known := splitList "\n" (.Files.Get "files/variables.txt" | trim) }}
{{- range $name, $value := $v.env }}
{{- if not (or (has $name $known) (regexMatch "^(AWS|OTEL|NODE|PG|TZ|SSL|HTTP|HTTPS|NO)_|^TZ$" $name)) }}{{ fail (printf "env.%s is no variable of docs/configuration.md: a misspelt one would change nothing. What other programs read goes into extraEnv." $name) }}{{ end }}
{{- if regexMatch "(^SECRET_KEY|SECRET_ACCESS_KEY$|_HEADERS$|_SECRET$|PASSWORD$)" $name }}{{ fail (printf "env.%s is a secret, which a ConfigMap would show: use secretEnv%s." $name (ternary ", or secretKey.existingSecret" "" (hasPrefix "SECRET_KEY" $name))) }}{{ end }}
{{- if and (eq $v.storage.type "s3") (has $name (list "AWS_REGION" "AWS_ENDPOINT_URL_S3")) }}{{ fail (printf "env.%s is set by storage.s3; remove it from env." $name) }}{{ end }}
{{- end }}
{{- $given := list "DATABASE_URL" }}{{- if $v.nodesSecret }}{{ $given = append $given "NODES" }}{{ end }}{{- if $v.secretKey.existingSecret }}{{ $given = append $given "SECRET_KEY" }}{{ end }}
{{- with $v.access.oidc }}
{{- if and (not .issuer) (or .clientId .existingSecret .grants) }}{{ fail "access.oidc.issuer is empty: without it nobody is asked who people are." }}{{ end }}
{{- if and .existingSecret (not .clientId) }}{{ fail "access.oidc.existingSecret needs access.oidc.clientId, which the secret belongs to." }}{{ end }}
{{- if and .issuer (not .grants) (not (hasKey $v.env "OIDC_GRANTS")) }}{{ fail "access.oidc.grants is empty: whoever logs in may do nothing. For example ['groups=platform>default:admin', '*>default:read']." }}{{ end }}
{{- if .existingSecret }}{{ $given = append $given "OIDC_CLIENT_SECRET" }}{{ end }}
{{- end }}
{{- range $name, $_ := include "comfymux.oidc" . | fromJson }}{{ if hasKey $v.env $name }}{{ fail (printf "env.%s is set by access.oidc; remove it from env." $name) }}{{ end }}{{ $given = append $given $name }}{{ end }}
{{- range $name, $_ := $v.env }}{{ $given = append $given $name }}{{ end }}
{{- $more := keys $v.secretEnv | sortAlpha }}{{- range $v.extraEnv }}{{ $more = append $more .name }}{{ end }}
{{- range $more }}{{ if has . $given }}{{ fail (printf "The variable %s is given twice, by env, secretEnv, extraEnv or the chart itself." .) }}{{ end }}{{ $given = append $given . }}{{ end }}
{{- $needsKey := or (gt (include "comfymux.mostReplicas" . | int) 1) (eq $v.storage.type "s3") }}
{{- $hasKey := or $v.secretKey.existingSecret (hasKey $v.secretEnv "SECRET_KEY") }}
{{- if and $needsKey (not $hasKey) }}{{ fail "secretKey.existingSecret is empty: without it each pod makes a key of its own, and secrets that callers give for webhooks and API nodes cannot be read by another, or after a restart. Make one: kubectl create secret generic comfymux-key --from-literal=SECRET_KEY=\"$(openssl rand -base64 32)\"" }}{{ end }}
{{- $names := list }}
{{- range $v.nodes }}
{{- if has .name $names }}{{ fail (printf "Two nodes are named %s." .name) }}{{ end }}{{ $names = append $names .name }}
{{- if contains "@" .url }}{{ fail (printf "The URL of node %s holds a credential, which a ConfigMap would show: put the list into a secret and name it in nodesSecret." .name) }}{{ end }}
{{- end }}
{{- if and $v.nodesSecret $v.nodes }}{{ fail "nodesSecret has the whole list of nodes: it cannot be combined with nodes." }}{{ end }}
{{- $pools := list }}{{- $scaling := list }}
{{- range include "comfymux.pools" . | fromJsonArray }}
{{- $what := ternary (printf "The pool %s" .name) "workers" (ne .name "") }}
{{- if has .name $pools }}{{ fail (printf "Two pools are named %s." .name) }}{{ end }}{{ $pools = append $pools .name }}
{{- if not .image }}{{ fail (printf "%s has no image (workers.image is empty): name a ComfyUI image of yours." $what) }}{{ end }}
{{- $known := list "COMFYUI_URL" "DRAIN_TIMEOUT_SECONDS" }}
{{- $more := concat (keys .env | sortAlpha) (keys .secretEnv | sortAlpha) }}{{- range .extraEnv }}{{ $more = append $more .name }}{{ end }}
{{- range $more }}{{ if has . $known }}{{ fail (printf "%s is given the variable %s twice, by env, secretEnv, extraEnv or the chart itself." $what .) }}{{ end }}{{ $known = append $known . }}{{ end }}
{{- if and .terminationGracePeriodSeconds (lt (int64 .terminationGracePeriodSeconds) (include "comfymux.longestRunSeconds" $ | int64)) }}{{ fail (printf "%s gives its pods %d s to end, and the longest run of the workflows is %s s: it would be killed and begin anew. Leave terminationGracePeriodSeconds at 0, or lower maxRunMs and ATTEMPT_RUN_LIMIT_MS." $what (int64 .terminationGracePeriodSeconds) (include "comfymux.longestRunSeconds" $)) }}{{ end }}
{{- if .autoscaling.enabled }}
{{- if not .autoscaling.prometheusAddress }}{{ fail (printf "%s is scaled and has no autoscaling.prometheusAddress (workers.autoscaling.prometheusAddress): KEDA reads from Prometheus how many nodes are wanted." $what) }}{{ end }}
{{- if gt (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas) }}{{ fail (printf "%s: autoscaling.minReplicas is larger than maxReplicas." $what) }}{{ end }}
{{- if not $v.metrics.serviceMonitor.enabled }}{{ fail (printf "%s is scaled and metrics.serviceMonitor.enabled is false: Prometheus would not know how many nodes are wanted." $what) }}{{ end }}
{{- if has .scaling $scaling }}{{ fail (printf "%s: two scaled pools have the same label pool (%s), so that each would get the nodes of both." $what .scaling) }}{{ end }}{{ $scaling = append $scaling .scaling }}
{{- end }}
{{- end }}
{{- if and $v.httpRoute.enabled (not $v.httpRoute.parentRefs) }}{{ fail "httpRoute.parentRefs is empty: name the gateway." }}{{ end }}
{{- range $v.httpRoute.nativeHostnames }}{{ if has . $v.httpRoute.hostnames }}{{ fail (printf "httpRoute has the host %s for both ports: give ComfyUI's own API a name of its own." .) }}{{ end }}{{ end }}
{{- if and $v.ingress.enabled $v.ingress.nativeHost (eq $v.ingress.host $v.ingress.nativeHost) }}{{ fail (printf "ingress has the host %s for both ports: give ComfyUI's own API a name of its own." $v.ingress.host) }}{{ end }}
{{- if and $v.ingress.enabled (not $v.ingress.host) }}{{ fail "ingress.host is empty: it is not put on every host." }}{{ end }}
{{- end }}
