{{- /* The one home of what all pods have in common. */}}

{{- define "boxoffice.podMetadata" -}}
labels:
  {{- include "boxoffice.podLabels" . | nindent 2 }}
{{- with mustMerge dict (.annotations | default dict) (.values.podAnnotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Everything of a pod but its containers and volumes. `uid`: 1000 unless the image wants another; `account`: whose ServiceAccount. */}}
{{- define "boxoffice.podSpec" -}}
{{- $uid := .uid | default 1000 -}}
serviceAccountName: {{ include "boxoffice.name" (dict "root" .root "component" (.account | default .component)) }}
automountServiceAccountToken: {{ .token | default false }}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ $uid }}
  runAsGroup: {{ $uid }}
  fsGroup: {{ $uid }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Replicas go to different nodes and zones where there are any; each version by itself, so that a rolling update does not count the old ones. */}}
{{- define "boxoffice.spread" -}}
{{- $selector := include "boxoffice.selector" . -}}
{{- $rolling := .rolling -}}
topologySpreadConstraints:
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- topologyKey: {{ . }}
  maxSkew: 1
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- $selector | nindent 6 }}
  {{- if $rolling }}
  matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end }}

{{- define "boxoffice.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /* Startup waits for the own schema, readiness for the own database; liveness asks the event loop only, never an engine. */}}
{{- define "boxoffice.probes" -}}
startupProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 300
readinessProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 2
livenessProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}

{{- /* What every container of the application's image has. */}}
{{- define "boxoffice.container" -}}
name: {{ first .args }}
image: {{ include "boxoffice.image" (dict "root" .root "image" .root.Values.image) }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: {{ toJson .args }}
securityContext:
  {{- include "boxoffice.containerSecurity" . | nindent 2 }}
resources:
  {{- toYaml .values.resources | nindent 2 }}
{{- with include "boxoffice.env" . | fromYamlArray }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* `base` is what the chart knows (YAML); values' `env` and `extraEnv` win. Names are unique: server-side apply refuses two of one name. */}}
{{- define "boxoffice.env" -}}
{{- $own := .values.env | default dict -}}
{{- $extra := .values.extraEnv | default list -}}
{{- $taken := keys $own -}}
{{- range $extra }}{{ $taken = append $taken .name }}{{ end -}}
{{- $env := list -}}
{{- range concat (.base | default "[]" | fromYamlArray) (include "boxoffice.env.certificates" . | fromYamlArray) -}}
{{- if not (has .name $taken) }}{{ $env = append $env . }}{{ end -}}
{{- end -}}
{{- range $name := keys $own | sortAlpha }}{{ $env = append $env (dict "name" $name "value" (include "boxoffice.text" (get $own $name))) }}{{ end -}}
{{- toYaml (concat $env $extra) -}}
{{- end }}

{{- /* A value as text. Numbers come as floats: 3600000 must not become 3.6e+06. */}}
{{- define "boxoffice.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) }}{{ int64 . }}{{ else }}{{ toString . }}{{ end -}}
{{- end }}

{{- /* A key of a Secret as a variable. */}}
{{- define "boxoffice.env.secret" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}
{{- end }}

{{- define "boxoffice.env.certificates" -}}
{{- if or .root.Values.trustedCertificates.configMap .root.Values.trustedCertificates.secret }}
- {name: NODE_EXTRA_CA_CERTS, value: /run/secrets/certificates/ca.crt}
{{- else }}[]
{{- end }}
{{- end }}

{{- define "boxoffice.volumes.certificates" -}}
{{- with .root.Values.trustedCertificates }}
{{- if or .configMap .secret }}
- name: certificates
  projected:
    defaultMode: 0444
    sources:
    {{- if .configMap }}
    - configMap: {name: {{ .configMap }}, items: [{key: {{ .key }}, path: ca.crt}]}
    {{- else }}
    - secret: {name: {{ .secret }}, items: [{key: {{ .key }}, path: ca.crt}]}
    {{- end }}
{{- else }}[]
{{- end }}
{{- end }}
{{- end }}

{{- /* Volumes and their mounts are one list: each entry of `volumes` is mounted at its place. */}}
{{- define "boxoffice.mountPath" -}}
{{- get (dict "boxoffice" "/run/secrets/boxoffice" "certificates" "/run/secrets/certificates" "kafka" "/run/secrets/kafka" "postgres" "/run/secrets/postgres" "databases" "/run/secrets/databases" "administrator" "/run/secrets/administrator" "tmp" "/tmp") . -}}
{{- end }}

{{- define "boxoffice.mounts" -}}
{{- with .volumes -}}
volumeMounts:
{{- range . }}
- {name: {{ .name }}, mountPath: {{ include "boxoffice.mountPath" .name }}{{ if ne .name "tmp" }}, readOnly: true{{ end }}}
{{- end }}
{{- end }}
{{- end }}
