{{- /* What a schema cannot say: values that contradict each other. All faults at once, each with the value to set. */}}

{{- define "boxoffice.validate" -}}
{{- $faults := concat (include "boxoffice.validate.engines" . | fromYamlArray) (include "boxoffice.validate.front" . | fromYamlArray) (include "boxoffice.validate.processes" . | fromYamlArray) -}}
{{- with $faults }}{{ fail (printf "\n\nThese values do not fit together:\n  %s\n" (join "\n  " .)) }}{{ end -}}
{{- end }}

{{- define "boxoffice.validate.engines" -}}
{{- $faults := list -}}
{{- with .Values.postgres -}}
{{- if and (eq .mode "external") (eq .layout "perService") }}{{ $faults = append $faults "postgres.layout perService is for bundled servers: set postgres.layout to shared (each service has its own Secret in postgres.external anyway)." }}{{ end -}}
{{- if and (eq .mode "external") (gt (int $.Values.auditor.replicas) 0) (not .external.auditor.existingSecret) }}{{ $faults = append $faults "The auditor reads all databases: set postgres.external.auditor.existingSecret, or auditor.replicas to 0." }}{{ end -}}
{{- if and (eq .mode "external") .external.caSecret.name (not (hasKey .external.parameters "sslmode")) }}{{ $faults = append $faults "postgres.external.caSecret.name counts for TLS only: set postgres.external.parameters.sslmode, for example to verify-full." }}{{ end -}}
{{- end -}}
{{- with .Values.redis -}}
{{- if and (eq .mode "external") .external.authentication (not .external.existingSecret) }}{{ $faults = append $faults "Set redis.external.existingSecret, or redis.external.authentication to false where Redis asks for no password." }}{{ end -}}
{{- end -}}
{{- with .Values.kafka -}}
{{- if eq .mode "external" -}}
{{- if and (ne .external.authentication "none") (not .external.existingSecret) }}{{ $faults = append $faults (printf "kafka.external.authentication %s needs a user: set kafka.external.existingSecret." .external.authentication) }}{{ end -}}
{{- if and (has .external.authentication (list "scram-sha-512" "scram-sha-256" "plain")) (not .external.username) }}{{ $faults = append $faults (printf "kafka.external.authentication %s needs a name: set kafka.external.username." .external.authentication) }}{{ end -}}
{{- if and (eq .external.authentication "tls") (not .external.tls.enabled) }}{{ $faults = append $faults "kafka.external.authentication tls needs TLS: set kafka.external.tls.enabled to true." }}{{ end -}}
{{- if and .external.tls.caSecret (not .external.tls.enabled) }}{{ $faults = append $faults "kafka.external.tls.caSecret counts for TLS only: set kafka.external.tls.enabled to true." }}{{ end -}}
{{- end -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end }}

{{- define "boxoffice.validate.front" -}}
{{- $faults := list -}}
{{- with .Values -}}
{{- if and (eq .mail.mode "smtp") (not .mail.existingSecret) }}{{ $faults = append $faults "mail.mode smtp needs a server: set mail.existingSecret to a Secret with its URL." }}{{ end -}}
{{- if and (eq .mail.mode "folder") .mail.existingSecret }}{{ $faults = append $faults "mail.existingSecret names a server, but mails go to a folder: set mail.mode to smtp." }}{{ end -}}
{{- if and .ingress.enabled (not .ingress.host) }}{{ $faults = append $faults "The Ingress needs a name: set ingress.host." }}{{ end -}}
{{- if and .gatewayApi.enabled (not .gatewayApi.parentRefs) }}{{ $faults = append $faults "The HTTPRoute needs a Gateway: set gatewayApi.parentRefs." }}{{ end -}}
{{- if and .trustedCertificates.configMap .trustedCertificates.secret }}{{ $faults = append $faults "Set trustedCertificates.configMap or trustedCertificates.secret, not both." }}{{ end -}}
{{- if has .image.tag (list "latest") }}{{ $faults = append $faults "Nobody knows which version latest is: set image.tag to one." }}{{ end -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end }}

{{- define "boxoffice.validate.processes" -}}
{{- $faults := list -}}
{{- range $name, $process := include "boxoffice.processes" (dict "root" .) | fromYaml -}}
{{- $key := $process.values -}}
{{- with get $.Values $key -}}
{{- if and .autoscaling.enabled (gt (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas)) }}{{ $faults = append $faults (printf "Set %s.autoscaling.maxReplicas to %d or more, or minReplicas to less." $key (int .autoscaling.minReplicas)) }}{{ end -}}
{{- if and .autoscaling.enabled (not (dig "requests" "cpu" "" .resources)) }}{{ $faults = append $faults (printf "The autoscaler counts in shares of the requested CPU: set %s.resources.requests.cpu." $key) }}{{ end -}}
{{- range $variable, $_ := .env -}}
{{- if or (regexMatch "(PASSWORD|SECRET|TOKEN|PEPPER|_KEYS?)$" $variable) (regexMatch "^(DATABASE|REDIS|SMTP|AUDIT_[A-Z]+_DATABASE)_URL$" $variable) }}{{ $faults = append $faults (printf "%s.env.%s would put a secret into the values: set %s.extraEnv with a secretKeyRef." $key $variable $key) }}{{ end -}}
{{- end -}}
{{- if gt (int (get .env "DRAIN_MS")) 35000 }}{{ $faults = append $faults (printf "Pods are killed 45 s after they were told to stop, 5 s of which pass before they hear it: set %s.env.DRAIN_MS to 35000 or less." $key) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- toYaml $faults -}}
{{- end }}
