{{- /* Every broker is a controller too; the voters are static. */}}
{{- define "boxoffice.kafka.voters" -}}
{{- $name := include "boxoffice.shortName" (dict "root" $ "component" "kafka") -}}
{{- $headless := include "boxoffice.kafka.headless" $ -}}
{{- $voters := list -}}
{{- range $i := until (int .Values.kafka.replicas) }}{{ $voters = append $voters (printf "%d@%s-%d.%s:9093" $i $name $i $headless) }}{{ end -}}
{{- join "," $voters -}}
{{- end }}

{{- define "boxoffice.kafka.headless" -}}
{{- printf "%s.%s.svc" (include "boxoffice.name" (dict "root" $ "component" "kafka-headless")) .Release.Namespace -}}
{{- end }}

{{- /* 16 bytes in base64, as Kafka wants it: made from the names, so that the same release finds its old volumes again. */}}
{{- define "boxoffice.kafka.clusterId" -}}
{{- printf "%s/%s" .Release.Namespace (include "boxoffice.fullname" (dict "root" $)) | sha256sum | trunc 16 | b64enc | trimSuffix "==" -}}
{{- end }}

{{- /* Broker properties: the values' own, and what follows from the number of brokers. */}}
{{- define "boxoffice.kafka.properties" -}}
{{- $copies := min 3 (int .Values.kafka.replicas) -}}
{{- $inSync := max 1 (sub $copies 1) -}}
{{- $derived := dict "auto.create.topics.enable" "false" -}}
{{- range list "default.replication.factor" "offsets.topic.replication.factor" "transaction.state.log.replication.factor" "share.coordinator.state.topic.replication.factor" }}{{ $_ := set $derived . $copies }}{{ end -}}
{{- range list "min.insync.replicas" "transaction.state.log.min.isr" "share.coordinator.state.topic.min.isr" }}{{ $_ := set $derived . $inSync }}{{ end -}}
{{- toYaml (mustMerge (deepCopy .Values.kafka.config) $derived) -}}
{{- end }}

{{- define "boxoffice.env.broker" -}}
{{- /* POD_NAME before its use: $(POD_NAME) sees only earlier entries. */ -}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: KAFKA_NODE_ID
  valueFrom: {fieldRef: {fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']"}}
- {name: CLUSTER_ID, value: {{ include "boxoffice.kafka.clusterId" . | quote }}}
- {name: KAFKA_PROCESS_ROLES, value: "broker,controller"}
- {name: KAFKA_CONTROLLER_QUORUM_VOTERS, value: {{ include "boxoffice.kafka.voters" . | quote }}}
- {name: KAFKA_CONTROLLER_LISTENER_NAMES, value: CONTROLLER}
- {name: KAFKA_INTER_BROKER_LISTENER_NAME, value: PLAINTEXT}
- {name: KAFKA_LISTENER_SECURITY_PROTOCOL_MAP, value: "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"}
- {name: KAFKA_LISTENERS, value: "PLAINTEXT://:9092,CONTROLLER://:9093"}
- {name: KAFKA_ADVERTISED_LISTENERS, value: "PLAINTEXT://$(POD_NAME).{{ include "boxoffice.kafka.headless" . }}:9092"}
# Not the volume's root, which may hold lost+found.
- {name: KAFKA_LOG_DIRS, value: /var/lib/kafka/data/logs}
{{- $properties := include "boxoffice.kafka.properties" . | fromYaml }}
{{- range $name := keys $properties | sortAlpha }}
{{- /* a.b-c_d is KAFKA_A_B___C__D */}}
- {name: KAFKA_{{ $name | replace "_" "__" | replace "-" "___" | replace "." "_" | upper }}, value: {{ include "boxoffice.text" (get $properties $name) | quote }}}
{{- end }}
- {name: KAFKA_HEAP_OPTS, value: {{ .Values.kafka.heap | quote }}}
- {name: KAFKA_LOG4J_ROOT_LOGLEVEL, value: {{ .Values.kafka.logLevel }}}
{{- end }}
