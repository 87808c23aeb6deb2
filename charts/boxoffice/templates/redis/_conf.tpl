{{- define "boxoffice.redis.conf" -}}
# Written at each start from the Secret.
include /run/redis/password.conf
dir /data
# A password is asked for instead.
protected-mode no
appendonly yes
# What is kept here is counted, not guessed: a full Redis says so rather than forgetting seat locks.
maxmemory {{ .Values.redis.maxmemory }}
maxmemory-policy noeviction
{{- range $name := keys .Values.redis.config | sortAlpha }}
{{ $name }} {{ include "boxoffice.text" (get $.Values.redis.config $name) }}
{{- end }}
{{- end }}
