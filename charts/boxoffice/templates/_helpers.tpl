{{- /* Names. Every define takes a dict with `root` ($) and, where it is about one, `component`. */}}

{{- define "boxoffice.fullname" -}}
{{- $values := .root.Values -}}
{{- if $values.fullnameOverride -}}
{{- $values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := $values.nameOverride | default .root.Chart.Name -}}
{{- ternary .root.Release.Name (printf "%s-%s" .root.Release.Name $name) (contains $name .root.Release.Name) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- /* <fullname>-<component>. The front is cut, never the component: two of them must not become one name. */}}
{{- define "boxoffice.name" -}}
{{- $max := .max | default 63 -}}
{{- $room := int (sub $max (add1 (len .component))) -}}
{{- printf "%s-%s" (include "boxoffice.fullname" . | trunc $room | trimSuffix "-") .component -}}
{{- end }}

{{- /* StatefulSets and CronJobs, whose pods and jobs get names made from theirs. */}}
{{- define "boxoffice.shortName" -}}
{{- include "boxoffice.name" (dict "root" .root "component" .component "max" 52) -}}
{{- end }}

{{- define "boxoffice.selector" -}}
app.kubernetes.io/name: {{ .root.Values.nameOverride | default .root.Chart.Name | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- /* Without the chart's version: a new chart alone restarts no engine. */}}
{{- define "boxoffice.podLabels" -}}
{{ include "boxoffice.selector" . }}
app.kubernetes.io/part-of: boxoffice
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.global.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "boxoffice.labels" -}}
{{ include "boxoffice.podLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "boxoffice.metadata" -}}
name: {{ .name | default (include "boxoffice.name" .) }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "boxoffice.labels" . | nindent 2 }}
{{- end }}

{{- /* image: {registry, repository, tag, digest}; without a tag the version of the application. */}}
{{- define "boxoffice.image" -}}
{{- $registry := .root.Values.global.imageRegistry | default .image.registry -}}
{{- $name := ternary (printf "%s/%s" $registry .image.repository) .image.repository (ne $registry "") -}}
{{- $tagged := printf "%s:%s" $name (.image.tag | default .root.Chart.AppVersion) -}}
{{- ternary (printf "%s@%s" $tagged .image.digest) $tagged (ne .image.digest "") -}}
{{- end }}

{{- /* The Secret of a purpose: a process, postgres, redis, administrator, trust. */}}
{{- define "boxoffice.secretName" -}}
{{- $existing := include "boxoffice.existingSecret" . -}}
{{- $existing | default (include "boxoffice.name" (dict "root" .root "component" .purpose)) -}}
{{- end }}

{{- define "boxoffice.existingSecret" -}}
{{- $values := .root.Values -}}
{{- if eq .purpose "administrator" -}}{{ $values.setup.administrator.existingSecret }}
{{- else if eq .purpose "trust" -}}{{ $values.setup.trust.existingSecret }}
{{- else if has .purpose (list "postgres" "redis") -}}{{ (get $values .purpose).existingSecret }}
{{- else -}}{{ (include "boxoffice.processValues" (dict "root" .root "component" .purpose) | fromYaml).existingSecret }}
{{- end -}}
{{- end }}

{{- /* All Secrets of the installation, as a list of purposes. */}}
{{- define "boxoffice.purposes" -}}
{{- $purposes := include "boxoffice.processes" . | fromYaml | keys | sortAlpha -}}
{{- if eq .root.Values.postgres.mode "bundled" }}{{ $purposes = append $purposes "postgres" }}{{ end -}}
{{- if eq .root.Values.redis.mode "bundled" }}{{ $purposes = append $purposes "redis" }}{{ end -}}
{{- toYaml (concat $purposes (list "administrator" "trust")) -}}
{{- end }}

{{- define "boxoffice.url" -}}
http://{{ include "boxoffice.name" . }}:{{ (include "boxoffice.process" . | fromYaml).port }}
{{- end }}

{{- /* Where customers reach the API. */}}
{{- define "boxoffice.publicUrl" -}}
{{- $values := .root.Values -}}
{{- if $values.gateway.publicUrl -}}{{ $values.gateway.publicUrl | trimSuffix "/" }}
{{- else if $values.ingress.enabled -}}{{ ternary "https" "http" $values.ingress.tls.enabled }}://{{ $values.ingress.host }}
{{- else if and $values.gatewayApi.enabled $values.gatewayApi.hostnames -}}{{ ternary "https" "http" $values.gatewayApi.tls }}://{{ first $values.gatewayApi.hostnames }}
{{- else -}}http://127.0.0.1:8000
{{- end -}}
{{- end }}
