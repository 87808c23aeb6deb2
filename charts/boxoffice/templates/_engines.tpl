{{- /* How processes reach the engines: bundled ones by this chart's names, external ones by the Secrets that CloudNativePG and Strimzi write. */}}

{{- define "boxoffice.postgres.component" -}}
{{- ternary (printf "postgres-%s" .service) "postgres" (eq .root.Values.postgres.layout "perService") -}}
{{- end }}

{{- define "boxoffice.postgres.host" -}}
{{- include "boxoffice.shortName" (dict "root" .root "component" (include "boxoffice.postgres.component" .)) -}}
{{- end }}

{{- /* Added to the URLs of an external server. */}}
{{- define "boxoffice.postgres.parameters" -}}
{{- $external := .root.Values.postgres.external -}}
{{- $all := list -}}
{{- range $name := keys $external.parameters | sortAlpha }}{{ $all = append $all (printf "%s=%s" $name (get $external.parameters $name)) }}{{ end -}}
{{- if $external.caSecret.name }}{{ $all = append $all "sslrootcert=/run/secrets/postgres/ca.crt" }}{{ end -}}
{{- with $all }}?{{ join "&" . }}{{ end -}}
{{- end }}

{{- /* A service's Secret for its external database. */}}
{{- define "boxoffice.postgres.externalSecret" -}}
{{- (get .root.Values.postgres.external (include "boxoffice.process" (dict "root" .root "component" .service) | fromYaml).values).existingSecret -}}
{{- end }}

{{- define "boxoffice.env.database" -}}
{{- $database := (include "boxoffice.process" (dict "root" .root "component" .service) | fromYaml).database -}}
{{- if eq .root.Values.postgres.mode "bundled" }}
{{ include "boxoffice.env.secret" (dict "name" "DATABASE_PASSWORD" "secret" (include "boxoffice.secretName" (dict "root" .root "purpose" .service)) "key" "database-password") }}
- {name: DATABASE_URL, value: "postgres://{{ $database }}:$(DATABASE_PASSWORD)@{{ include "boxoffice.postgres.host" . }}:5432/{{ $database }}"}
{{- else }}
{{ include "boxoffice.env.secret" (dict "name" "DATABASE_URI" "secret" (include "boxoffice.postgres.externalSecret" .) "key" .root.Values.postgres.external.keys.uri) }}
- {name: DATABASE_URL, value: "$(DATABASE_URI){{ include "boxoffice.postgres.parameters" . }}"}
{{- end }}
{{- end }}

{{- define "boxoffice.env.redis" -}}
{{- $redis := .root.Values.redis -}}
{{- if eq $redis.mode "bundled" }}
{{ include "boxoffice.env.secret" (dict "name" "REDIS_PASSWORD" "secret" (include "boxoffice.secretName" (dict "root" .root "purpose" "redis")) "key" "redis-password") }}
- {name: REDIS_URL, value: "redis://:$(REDIS_PASSWORD)@{{ include "boxoffice.shortName" (dict "root" .root "component" "redis") }}:6379"}
{{- else }}
{{- $external := $redis.external -}}
{{- if $external.existingSecret }}
{{ include "boxoffice.env.secret" (dict "name" "REDIS_PASSWORD" "secret" $external.existingSecret "key" $external.passwordKey) }}
{{- end }}
- {name: REDIS_URL, value: "{{ ternary "rediss" "redis" $external.tls }}://{{ if $external.existingSecret }}{{ $external.username }}:$(REDIS_PASSWORD)@{{ end }}{{ $external.host }}:{{ $external.port }}"}
{{- end }}
{{- end }}

{{- define "boxoffice.env.kafka" -}}
{{- $kafka := .root.Values.kafka -}}
{{- if eq $kafka.mode "bundled" }}
- {name: KAFKA_BROKERS, value: "{{ include "boxoffice.shortName" (dict "root" .root "component" "kafka") }}:9092"}
{{- else }}
{{- $external := $kafka.external }}
- {name: KAFKA_BROKERS, value: {{ $external.bootstrapServers | quote }}}
- {name: KAFKA_TLS, value: {{ ternary "on" "off" $external.tls.enabled | quote }}}
{{- if and $external.tls.enabled $external.tls.caSecret }}
- {name: KAFKA_CA_FILE, value: /run/secrets/kafka/ca.crt}
{{- end }}
{{- if eq $external.authentication "tls" }}
- {name: KAFKA_CERT_FILE, value: /run/secrets/kafka/user.crt}
- {name: KAFKA_KEY_FILE, value: /run/secrets/kafka/user.key}
{{- else if ne $external.authentication "none" }}
- {name: KAFKA_SASL_MECHANISM, value: {{ $external.authentication }}}
- {name: KAFKA_USERNAME, value: {{ $external.username | quote }}}
{{ include "boxoffice.env.secret" (dict "name" "KAFKA_PASSWORD" "secret" $external.existingSecret "key" $external.passwordKey) }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Files that the variables above name. */}}
{{- define "boxoffice.volumes.kafka" -}}
{{- $external := .root.Values.kafka.external -}}
{{- $ca := and (eq .root.Values.kafka.mode "external") $external.tls.enabled $external.tls.caSecret -}}
{{- $user := and (eq .root.Values.kafka.mode "external") (eq $external.authentication "tls") -}}
{{- if or $ca $user }}
- name: kafka
  projected:
    defaultMode: 0440
    sources:
    {{- if $ca }}
    - secret: {name: {{ $external.tls.caSecret }}, items: [{key: {{ $external.tls.caKey }}, path: ca.crt}]}
    {{- end }}
    {{- if $user }}
    - secret: {name: {{ $external.existingSecret }}, items: [{key: {{ $external.certificateKey }}, path: user.crt}, {key: {{ $external.privateKeyKey }}, path: user.key}]}
    {{- end }}
{{- else }}[]
{{- end }}
{{- end }}

{{- define "boxoffice.volumes.postgres" -}}
{{- $ca := .root.Values.postgres.external.caSecret -}}
{{- if and (eq .root.Values.postgres.mode "external") $ca.name }}
- name: postgres
  projected:
    defaultMode: 0440
    sources:
    - secret: {name: {{ $ca.name }}, items: [{key: {{ $ca.key }}, path: ca.crt}]}
{{- else }}[]
{{- end }}
{{- end }}
