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
{{- range $name := list "DATABASE_URL" "DATABASE_POOL_SIZE" "STORAGE_URL" "DATA_DIR" "NODES" "NODES_KUBERNETES" "NODES_DNS" "NODES_FILE" "NODE_ENV" "HOST" "PORT" "NATIVE_PORT" "PUBLIC_URL" "WORKFLOWS_DIR" "SHUTDOWN_TIMEOUT_MS" "SIMULATE" }}
{{- if hasKey $v.env $name }}{{ fail (printf "env.%s is set by other values of this chart; remove it from env." $name) }}{{ end }}
{{- end }}
{{- range $v.nodes }}
{{- if contains "@" .url }}{{ fail (printf "The URL of node %s holds a credential, which a ConfigMap would show: put the list into a secret and name it in nodesSecret." .name) }}{{ end }}
{{- end }}
{{- if and $v.nodesSecret $v.nodes }}{{ fail "nodesSecret has the whole list of nodes: it cannot be combined with nodes." }}{{ end }}
{{- if $v.workers.enabled }}
{{- if not $v.workers.image }}{{ fail "workers.image is empty: name a ComfyUI image of yours." }}{{ end }}
{{- if and $v.workers.autoscaling.enabled (not $v.workers.autoscaling.prometheusAddress) }}{{ fail "workers.autoscaling needs workers.autoscaling.prometheusAddress: KEDA reads the queue from Prometheus." }}{{ end }}
{{- if and $v.workers.autoscaling.enabled (gt (int $v.workers.autoscaling.minReplicas) (int $v.workers.autoscaling.maxReplicas)) }}{{ fail "workers.autoscaling.minReplicas is larger than maxReplicas." }}{{ end }}
{{- end }}
{{- if and $v.httpRoute.enabled (not $v.httpRoute.parentRefs) }}{{ fail "httpRoute.parentRefs is empty: name the gateway." }}{{ end }}
{{- range $v.httpRoute.nativeHostnames }}{{ if has . $v.httpRoute.hostnames }}{{ fail (printf "httpRoute has the host %s for both ports: give ComfyUI's own API a name of its own." .) }}{{ end }}{{ end }}
{{- if and $v.ingress.enabled (not $v.ingress.host) }}{{ fail "ingress.host is empty: the service has no passwords, so it is not put on every host." }}{{ end }}
{{- end }}
