{{- /* The servers: one for all services, or one for each. Component → the services whose databases it has. */}}
{{- define "boxoffice.postgres.instances" -}}
{{- $owners := include "boxoffice.owners" . | fromYamlArray -}}
{{- $instances := dict -}}
{{- if eq .root.Values.postgres.mode "bundled" -}}
{{- if eq .root.Values.postgres.layout "shared" }}{{ $_ := set $instances "postgres" $owners }}
{{- else }}{{ range $owners }}{{ $_ := set $instances (printf "postgres-%s" .) (list .) }}{{ end }}
{{- end -}}
{{- end -}}
{{- toYaml $instances -}}
{{- end }}

{{- /* Every parameter of the server as an argument: what has changed restarts it. */}}
{{- define "boxoffice.postgres.args" -}}
- postgres
{{- range $name := keys .Values.postgres.parameters | sortAlpha }}
- -c
- {{ printf "%s=%s" $name (include "boxoffice.text" (get $.Values.postgres.parameters $name)) | quote }}
{{- end }}
{{- end }}
