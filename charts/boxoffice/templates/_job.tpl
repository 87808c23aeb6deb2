{{- /*
Jobs are named by a hash of their pod's template: what has changed runs again, what has not is left alone. No hooks: under --wait they would wait for
pods that wait for them. `values`, `args`, `base` (environment), `volumes`, `account`, `token`.
*/}}
{{- define "boxoffice.job" -}}
{{- $pod := include "boxoffice.job.pod" . -}}
{{- $name := printf "%s-%s" (include "boxoffice.name" (dict "root" .root "component" .component "max" 54)) ($pod | sha256sum | trunc 8) -}}
apiVersion: batch/v1
kind: Job
metadata:
  {{- include "boxoffice.metadata" (dict "root" .root "component" .component "name" $name) | nindent 2 }}
spec:
  # The kubelet starts a container that failed again, later each time: engines may need their time.
  backoffLimit: 20
  template:
    {{- $pod | nindent 4 }}
{{- end }}

{{- define "boxoffice.job.pod" -}}
metadata:
  {{- include "boxoffice.podMetadata" . | nindent 2 }}
spec:
  restartPolicy: OnFailure
  {{- include "boxoffice.podSpec" . | nindent 2 }}
  containers:
  - {{- include "boxoffice.container" . | nindent 4 }}
    {{- include "boxoffice.mounts" . | nindent 4 }}
  {{- with .volumes }}
  volumes:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- /* The schema of a service: its own environment, account and image. */}}
{{- define "boxoffice.migrate" -}}
{{- $values := include "boxoffice.processValues" . | fromYaml -}}
{{- $job := dict "root" .root "component" (printf "migrate-%s" .component) "account" .component "args" (list .component "migrate") "base" .env -}}
{{- $volumes := include "boxoffice.volumes.engines" . | fromYamlArray -}}
{{- include "boxoffice.job" (merge $job (dict "values" $values "volumes" $volumes)) -}}
{{- end }}
