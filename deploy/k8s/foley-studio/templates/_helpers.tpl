{{/* Name of the release's objects; at most 63 characters with the component behind it. */}}
{{- define "foley-studio.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 44 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 44 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 44 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that selectors use; they never change. Takes (dict "root" . "component" "detector"). */}}
{{- define "foley-studio.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "foley-studio.labels" -}}
{{ include "foley-studio.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: foley-studio
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* Image of a component. Takes (dict "root" . "image" .Values.detector.image "component" "detector"). */}}
{{- define "foley-studio.image" -}}
{{- $repository := .image.repository | default (printf "foley-studio/%s" .component) -}}
{{- $registry := .root.Values.image.registry -}}
{{- $name := ternary (printf "%s/%s" $registry $repository) $repository (ne $registry "") -}}
{{- if .image.digest -}}
{{ printf "%s@%s" $name .image.digest }}
{{- else -}}
{{ printf "%s:%s" $name (.image.tag | default .root.Chart.AppVersion) }}
{{- end -}}
{{- end -}}

{{- define "foley-studio.serviceAccountName" -}}
{{ include "foley-studio.fullname" .root }}-{{ .component }}
{{- end -}}

{{/* Settings every service shares. Takes (dict "root" . "prefix" "FOLEY_DETECTOR" "component" "detector"). */}}
{{- define "foley-studio.commonEnv" -}}
- name: {{ .prefix }}_HOST
  value: "0.0.0.0"
- name: {{ .prefix }}_PORT
  value: "50051"
- name: {{ .prefix }}_METRICS_PORT
  value: "9090"
- name: {{ .prefix }}_LOG_LEVEL
  value: {{ .root.Values.logLevel | quote }}
- name: {{ .prefix }}_GRACE_S
  value: {{ .values.graceSeconds | quote }}
- name: {{ .prefix }}_SCRATCH_DIR
  value: /scratch
{{- if .root.Values.tracing.otlpEndpoint }}
- name: {{ .prefix }}_OTLP_ENDPOINT
  value: {{ .root.Values.tracing.otlpEndpoint | quote }}
{{- end }}
- name: {{ .prefix }}_STORE__KIND
  value: minio
- name: {{ .prefix }}_STORE__ENDPOINT
  value: {{ required "store.endpoint is required: the address of MinIO or of any S3 server, host:port" .root.Values.store.endpoint | quote }}
- name: {{ .prefix }}_STORE__BUCKET
  value: {{ .root.Values.store.bucket | quote }}
- name: {{ .prefix }}_STORE__SECURE
  value: {{ .root.Values.store.secure | quote }}
{{- if .root.Values.store.region }}
- name: {{ .prefix }}_STORE__REGION
  value: {{ .root.Values.store.region | quote }}
{{- end }}
- name: {{ .prefix }}_STORE__ACCESS_KEY
  valueFrom:
    secretKeyRef:
      name: {{ required "store.existingSecret is required: the name of a Secret with the store's keys" .root.Values.store.existingSecret }}
      key: {{ .root.Values.store.accessKeyKey }}
- name: {{ .prefix }}_STORE__SECRET_KEY
  valueFrom:
    secretKeyRef:
      name: {{ .root.Values.store.existingSecret }}
      key: {{ .root.Values.store.secretKeyKey }}
- name: HOME
  value: /scratch
# The root file system is read-only: what libraries write goes here too.
- name: TMPDIR
  value: /scratch
{{- with .values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Probes: startup (long, models load), readiness by service name, liveness by the empty name. */}}
{{- define "foley-studio.probes" -}}
startupProbe:
  grpc:
    port: 50051
    service: {{ .service }}
  periodSeconds: 5
  failureThreshold: {{ max 1 (div (add (int .values.startupSeconds) 4) 5) }}
readinessProbe:
  grpc:
    port: 50051
    service: {{ .service }}
  periodSeconds: 5
  timeoutSeconds: 3
livenessProbe:
  grpc:
    port: 50051
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}

{{- define "foley-studio.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "foley-studio.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: ["ALL"]
{{- end -}}

{{/* Pod fields every component has. Takes (dict "root" . "values" .Values.detector). */}}
{{- define "foley-studio.podPlacement" -}}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
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
{{- end -}}

{{/* Autoscaling by CPU, for the light stages. Takes (dict "root" . "component" "audio" "values" .Values.audio). */}}
{{- define "foley-studio.cpuHpa" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "foley-studio.fullname" .root }}-{{ .component }}
  labels:
    {{- include "foley-studio.labels" (dict "root" .root "component" .component) | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "foley-studio.fullname" .root }}-{{ .component }}
  minReplicas: {{ .values.autoscaling.minReplicas }}
  maxReplicas: {{ .values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .values.autoscaling.targetCpuPercent }}
{{- end -}}

{{/* A headless Service: gRPC balances in the client, so that new replicas get traffic. */}}
{{- define "foley-studio.headlessService" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "foley-studio.fullname" .root }}-{{ .component }}
  labels:
    {{- include "foley-studio.labels" (dict "root" .root "component" .component) | nindent 4 }}
spec:
  clusterIP: None
  selector:
    {{- include "foley-studio.selectorLabels" (dict "root" .root "component" .component) | nindent 4 }}
  ports:
    - name: grpc
      port: 50051
      targetPort: grpc
      appProtocol: kubernetes.io/h2c
    - name: metrics
      port: 9090
      targetPort: metrics
{{- end -}}

{{- define "foley-studio.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "foley-studio.serviceAccountName" . }}
  labels:
    {{- include "foley-studio.labels" . | nindent 4 }}
automountServiceAccountToken: false
{{- end -}}

{{- define "foley-studio.pdb" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "foley-studio.fullname" .root }}-{{ .component }}
  labels:
    {{- include "foley-studio.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "foley-studio.selectorLabels" . | nindent 6 }}
{{- end -}}

{{/* Only the gateway may call a stage; only Prometheus' namespace may read its figures. */}}
{{- define "foley-studio.stageNetworkPolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "foley-studio.fullname" .root }}-{{ .component }}
  labels:
    {{- include "foley-studio.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "foley-studio.selectorLabels" . | nindent 6 }}
  policyTypes: ["Ingress"]
  ingress:
    - from:
        - podSelector:
            matchLabels:
              {{- include "foley-studio.selectorLabels" (dict "root" .root "component" "gateway") | nindent 14 }}
        {{- with .root.Values.networkPolicy.extraFrom }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - port: 50051
    - from:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: {{ .root.Values.networkPolicy.metricsNamespace }}
      ports:
        - port: 9090
{{- end -}}

{{/* Segments at detectors at once over all renders: as many as all detectors can run, unless a value says otherwise. */}}
{{- define "foley-studio.maxRunningSegments" -}}
{{- $detector := .Values.detector -}}
{{- $replicas := ternary $detector.replicas $detector.autoscaling.maxReplicas (eq $detector.autoscaling.mode "none") -}}
{{- .Values.gateway.maxRunningSegments | default (mul $replicas $detector.maxRunningJobs) | int | max 1 -}}
{{- end -}}

{{/* How the detector's replicas come at once and go one by one, for both scalers. The API takes at most an hour. */}}
{{- define "foley-studio.detectorScalingBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
scaleDown:
  stabilizationWindowSeconds: {{ min 3600 (int .Values.detector.autoscaling.cooldownSeconds) }}
  policies:
    - type: Pods
      value: 1
      periodSeconds: 60
{{- end -}}

{{- define "foley-studio.serviceMonitor" -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ include "foley-studio.fullname" .root }}-{{ .component }}
  labels:
    {{- include "foley-studio.labels" . | nindent 4 }}
    {{- with .root.Values.serviceMonitor.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    matchLabels:
      {{- include "foley-studio.selectorLabels" . | nindent 6 }}
  endpoints:
    - port: metrics
      interval: {{ .root.Values.serviceMonitor.interval }}
{{- end -}}

{{/* The volume with the model files: a claim that is filled already, or a folder that each pod fills at start. */}}
{{- define "foley-studio.modelsVolume" -}}
{{- if .Values.models.existingClaim -}}
persistentVolumeClaim:
  claimName: {{ .Values.models.existingClaim }}
  readOnly: true
{{- else -}}
# 70 MB of models; while one of npm's is fetched its client, Node, is unpacked beside it (260 MB).
emptyDir:
  sizeLimit: 512Mi
{{- end -}}
{{- end -}}

{{/* Names that page and REST are called by, as JSON: those of the values, of the Service in every length, and of the
ingress. */}}
{{- define "foley-studio.gatewayHosts" -}}
{{- $service := printf "%s-gateway" (include "foley-studio.fullname" .) -}}
{{- $names := list $service (printf "%s.%s" $service .Release.Namespace) (printf "%s.%s.svc" $service .Release.Namespace) (printf "%s.%s.svc.cluster.local" $service .Release.Namespace) -}}
{{- if .Values.gateway.ingress.enabled -}}
{{- $names = append $names .Values.gateway.ingress.host -}}
{{- end -}}
{{- concat .Values.gateway.allowedHosts $names | uniq | toJson -}}
{{- end -}}

{{/* Scratch volume of a stage: room for so many of the largest videos, and a little more. One that overflows has its pod
evicted with all its work, again and again for the same video. Takes (dict "root" . "values" .Values.audio "videos" 7). */}}
{{- define "foley-studio.stageScratchSize" -}}
{{- .values.scratchSize | default (printf "%dGi" (add 4 (mul .videos .root.Values.gateway.maxUploadGiB))) -}}
{{- end -}}

{{/* Renders at work at once, over all gateways: each has one call at a stage, which holds its video from the start. */}}
{{- define "foley-studio.runningRenders" -}}
{{- mul .Values.gateway.replicas .Values.gateway.maxRunningRenders -}}
{{- end -}}
