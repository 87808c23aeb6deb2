{{- /* Deployment, Service, HPA, PDB, NetworkPolicy and account of a process; what is special about one stands in its folder. */}}

{{- define "boxoffice.volumes.process" -}}
- name: boxoffice
  projected:
    defaultMode: 0440
    sources:
    - secret: {name: {{ include "boxoffice.secretName" (dict "root" .root "purpose" .component) }}, items: [{key: service.key.json, path: service.key.json}]}
    - secret: {name: {{ include "boxoffice.secretName" (dict "root" .root "purpose" "trust") }}, items: [{key: trust.json, path: trust.json}]}
{{- end }}

{{- /* Files that the environment of a process names, whoever runs it: itself, its migration, the reaper. */}}
{{- define "boxoffice.volumes.engines" -}}
{{- $uses := (include "boxoffice.process" . | fromYaml).uses -}}
{{- $volumes := include "boxoffice.volumes.certificates" . | fromYamlArray -}}
{{- if has "kafka" $uses }}{{ $volumes = concat $volumes (include "boxoffice.volumes.kafka" . | fromYamlArray) }}{{ end -}}
{{- if has "postgres" $uses }}{{ $volumes = concat $volumes (include "boxoffice.volumes.postgres" . | fromYamlArray) }}{{ end -}}
{{- toYaml $volumes -}}
{{- end }}

{{- define "boxoffice.deployment" -}}
{{- $process := include "boxoffice.process" . | fromYaml -}}
{{- $values := get .root.Values $process.values -}}
{{- $volumes := concat (include "boxoffice.volumes.process" . | fromYamlArray) (include "boxoffice.volumes.engines" . | fromYamlArray) -}}
{{- if .scratch }}{{ $volumes = append $volumes (dict "name" "tmp" "emptyDir" (dict "sizeLimit" .scratch)) }}{{ end -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "boxoffice.metadata" . | nindent 2 }}
spec:
  {{- if not $values.autoscaling.enabled }}
  replicas: {{ $values.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  # Longer than the startup probe waits for the schema.
  progressDeadlineSeconds: 900
  strategy:
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  selector:
    matchLabels:
      {{- include "boxoffice.selector" . | nindent 6 }}
  template:
    metadata:
      {{- include "boxoffice.podMetadata" (dict "root" .root "component" .component "values" $values) | nindent 6 }}
    spec:
      {{- include "boxoffice.podSpec" (dict "root" .root "component" .component "values" $values) | nindent 6 }}
      {{- include "boxoffice.spread" (dict "root" .root "component" .component "rolling" true) | nindent 6 }}
      # preStop, then DRAIN_MS, then what closing the pools may take.
      terminationGracePeriodSeconds: 45
      containers:
      - {{- include "boxoffice.container" (dict "root" .root "values" $values "args" (list .component "serve") "base" .env) | nindent 8 }}
        ports:
        - {name: http, containerPort: {{ $process.port }}}
        - {name: metrics, containerPort: {{ $process.metricsPort }}}
        {{- with $process.grpcPort }}
        - {name: grpc, containerPort: {{ . }}}
        {{- end }}
        {{- include "boxoffice.probes" . | nindent 8 }}
        # Endpoints take a moment to forget this pod; it serves meanwhile.
        lifecycle: {preStop: {sleep: {seconds: 5}}}
        {{- include "boxoffice.mounts" (dict "volumes" $volumes) | nindent 8 }}
      volumes:
        {{- toYaml $volumes | nindent 8 }}
{{- end }}

{{- define "boxoffice.service" -}}
{{- $process := include "boxoffice.process" . | fromYaml -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "boxoffice.metadata" . | nindent 2 }}
spec:
  selector:
    {{- include "boxoffice.selector" . | nindent 4 }}
  ports:
  - {name: http, port: {{ $process.port }}, targetPort: http}
  - {name: metrics, port: {{ $process.metricsPort }}, targetPort: metrics}
  {{- with $process.grpcPort }}
  - {name: grpc, port: {{ . }}, targetPort: grpc}
  {{- end }}
{{- end }}

{{- define "boxoffice.scaling" -}}
{{- $values := include "boxoffice.processValues" . | fromYaml -}}
{{- $least := ternary $values.autoscaling.minReplicas $values.replicas $values.autoscaling.enabled | int -}}
{{- if $values.autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "boxoffice.metadata" . | nindent 2 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ include "boxoffice.name" . }}}
  minReplicas: {{ $values.autoscaling.minReplicas }}
  maxReplicas: {{ $values.autoscaling.maxReplicas }}
  metrics:
  - type: Resource
    resource:
      name: cpu
      target: {type: Utilization, averageUtilization: {{ $values.autoscaling.targetCPUUtilizationPercentage }}}
{{- end }}
{{- /* With one replica it could only block a drain. */}}
{{- if and $values.podDisruptionBudget.enabled (gt $least 1) }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "boxoffice.metadata" . | nindent 2 }}
spec:
  maxUnavailable: {{ $values.podDisruptionBudget.maxUnavailable }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "boxoffice.selector" . | nindent 6 }}
{{- end }}
{{- end }}

{{- /* ServiceAccount, and the empty Secret that `setup secrets` fills; it stays when the release goes, for data was encrypted with it. */}}
{{- define "boxoffice.account" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "boxoffice.metadata" . | nindent 2 }}
automountServiceAccountToken: {{ .token | default false }}
{{- end }}

{{- define "boxoffice.keptSecret" -}}
{{- if not (include "boxoffice.existingSecret" .) -}}
apiVersion: v1
kind: Secret
metadata:
  {{- include "boxoffice.metadata" (dict "root" .root "component" .purpose) | nindent 2 }}
  annotations:
    helm.sh/resource-policy: keep
type: Opaque
{{- end }}
{{- end }}

{{- define "boxoffice.accountAndSecret" -}}
{{ include "boxoffice.account" . }}
---
{{ include "boxoffice.keptSecret" (dict "root" .root "purpose" .component) }}
{{- end }}
