package io.chaosproxy.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ClusterSettings;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.config.ProxySpec;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerSpec;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The manifests are what Kubernetes knows, and say the same as the configurations inside them. */
class KubernetesTest {
    private static final Path ROOT = Path.of("k8s");
    private static final String BASE = "base";
    private static final String SIDECAR = "examples/sidecar";
    private static final String FLEET = "overlays/fleet";
    private static final String MONITORED = "examples/monitored-fleet";
    private static final String CI = "overlays/ci";
    private static final String OWN = "overlays/own";
    private static final String NAME = "chaos-proxy";
    private static final String REDIS = "chaos-proxy-redis";
    private static final String CONTROL_LABEL = "chaos-proxy/control";

    /** What Kubernetes gives a pod that asks for nothing else. */
    private static final Duration USUAL_GRACE = Duration.ofSeconds(30);

    @ParameterizedTest
    @MethodSource("manifests")
    void isReadStrictly(Path file) throws IOException {
        Manifests.readAll(file);
    }

    private static Stream<Path> manifests() throws IOException {
        return files(ROOT).filter(file -> file.toString().endsWith(".yaml"));
    }

    private static Stream<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList().stream();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "base/deployment.yaml, livenessProbe, livenesProbe",
        "base/deployment.yaml, readOnlyRootFilesystem, readOnlyRootFileSystem",
        "base/deployment.yaml, 'mountPath: /tmp', 'mountPath: 1'",
        "base/deployment.yaml, 'replicas: 1', 'replicas: many'",
        "base/deployment.yaml, 'limits:', 'requests:'",
        "base/networkpolicy.yaml, '\"true\"', 'true'",
        "base/service.yaml, targetPort, targetport",
        "base/kustomization.yaml, 'resources:', 'resource:'",
        "components/sidecar/kustomization.yaml, 'target:', 'targets:'",
        "components/monitoring/alerts.yaml, 'expr:', 'expression:'",
        "components/monitoring/servicemonitor.yaml, 'endpoints:', 'endpoint:'",
        "components/redis/deployment.yaml, tcpSocket, tcpsocket",
        "overlays/ci/kustomization.yaml, 'secretGenerator:', 'secretsGenerator:'",
        "overlays/fleet/autoscaler.yaml, 'minReplicas: 3', 'minReplicas: three'",
        "overlays/fleet/deployment.yaml, topologySpreadConstraints, topologySpreadConstraint",
        "overlays/fleet/disruptionbudget.yaml, maxUnavailable, maxUnavailabel",
    })
    void aSlipFails(String file, String right, String wrong) throws IOException {
        String text = Files.readString(ROOT.resolve(file));
        assertTrue(text.contains(right), right);

        assertThrows(RuntimeException.class, () -> Manifests.typed(Manifests.parse(text.replace(right, wrong))));
    }

    @Test
    void everyFileIsUsed() throws IOException {
        Set<Path> used = new HashSet<>(Set.of(ROOT.resolve("Dockerfile")));
        Set<Path> all = files(ROOT).collect(Collectors.toCollection(TreeSet::new));
        for (Path file : all) {
            if (file.endsWith(Kustomization.FILE)) {
                Path folder = file.getParent();
                Kustomization kustomization = Kustomization.of(folder);
                used.add(file);
                kustomization
                        .named()
                        .map(name -> folder.resolve(name).normalize())
                        .filter(path -> !Files.isDirectory(path))
                        .forEach(used::add);
            }
        }
        assertEquals(all, new TreeSet<>(used));
    }

    @ParameterizedTest
    @ValueSource(strings = {BASE, SIDECAR, FLEET, MONITORED, CI, OWN})
    void portsAreThoseOfTheProxiesAndOfTheControlPlane(String folder) throws IOException {
        PodWithProxy pod = pod(folder);
        Map<String, Integer> listening = new TreeMap<>();
        pod.outside()
                .forEach(proxy -> listening.put(proxy.name(), proxy.listen().port()));
        listening.put(
                folder.equals(SIDECAR) ? "chaos-control" : "control",
                control(pod).listen().port());

        assertEquals(listening, new TreeMap<>(pod.ports()));
        assertTrue(pod.ports().keySet().stream().allMatch(name -> name.length() <= 15)); // as Kubernetes wants it
    }

    @ParameterizedTest
    @ValueSource(strings = {BASE, FLEET, CI, OWN})
    void theServiceServesEveryPort(String folder) throws IOException {
        PodWithProxy pod = pod(folder);
        Service service = kustomized(folder).named(Service.class, NAME);

        assertEquals(
                Map.copyOf(pod.ports()),
                service.getSpec().getPorts().stream()
                        .collect(Collectors.toMap(ServicePort::getName, port -> number(pod, port.getTargetPort()))));
        assertSelects(service.getSpec().getSelector(), pod);
        for (ProxySpec proxy : pod.outside()) { // clients change the host alone
            ServicePort port = service.getSpec().getPorts().stream()
                    .filter(one -> one.getName().equals(proxy.name()))
                    .findFirst()
                    .orElseThrow();
            assertEquals(proxy.upstream().orElseThrow().port(), port.getPort(), proxy.name());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BASE, FLEET, OWN})
    void theControlPortIsOpenToFew(String folder) throws IOException {
        PodWithProxy pod = pod(folder);
        NetworkPolicy policy = kustomized(folder).named(NetworkPolicy.class, NAME);
        NetworkPolicyIngressRule data = policy.getSpec().getIngress().get(0);
        NetworkPolicyIngressRule control = policy.getSpec().getIngress().get(1);

        assertSelects(policy.getSpec().getPodSelector().getMatchLabels(), pod);
        assertEquals(List.of("Ingress"), policy.getSpec().getPolicyTypes());
        assertEquals(2, policy.getSpec().getIngress().size());
        assertEquals(
                pod.outside().stream().map(proxy -> proxy.listen().port()).collect(Collectors.toSet()),
                numbers(pod, data));
        assertEquals(Set.of(control(pod).listen().port()), numbers(pod, control));
        assertEquals(
                List.of(Map.of(CONTROL_LABEL, "true")),
                control.getFrom().stream()
                        .map(peer -> peer.getPodSelector().getMatchLabels())
                        .toList());
    }

    private static Set<Integer> numbers(PodWithProxy pod, NetworkPolicyIngressRule rule) {
        return rule.getPorts().stream()
                .map(NetworkPolicyPort::getPort)
                .map(port -> number(pod, port))
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(strings = {BASE, SIDECAR, FLEET, CI, OWN})
    void probesAskTheControlPlane(String folder) throws IOException {
        PodWithProxy pod = pod(folder);
        Address control = control(pod).listen();
        Container container = pod.container();

        assertEquals("", control.host()); // probes come from outside, in either family
        assertTrue(control(pod).tls().isEmpty());
        assertEquals("/health/live", path(pod, container.getLivenessProbe()));
        assertEquals("/health/ready", path(pod, container.getReadinessProbe()));
        // the containers beside a sidecar start when it is ready
        assertEquals(folder.equals(SIDECAR) ? "/health/ready" : "/health/live", path(pod, container.getStartupProbe()));
    }

    private static String path(PodWithProxy pod, Probe probe) {
        assertEquals(
                control(pod).listen().port(), number(pod, probe.getHttpGet().getPort()));
        assertNull(probe.getHttpGet().getScheme()); // HTTP
        return probe.getHttpGet().getPath();
    }

    @ParameterizedTest
    @ValueSource(strings = {BASE, SIDECAR, FLEET, CI, OWN})
    void theControlPlaneWantsTheTokenOfTheSecret(String folder) throws IOException {
        PodWithProxy pod = pod(folder);

        assertEquals(
                PodWithProxy.TOKEN + " chaos-proxy-control",
                control(pod).token().orElseThrow());
        assertFalse(control(pod).open());
    }

    @ParameterizedTest
    @CsvSource({
        "base, base",
        "examples/sidecar, components/sidecar",
        "overlays/fleet, base",
        "overlays/ci, base",
        "overlays/own, base"
    })
    void aChangedFileReachesTheRunningProxy(String folder, String generating) throws IOException {
        PodWithProxy pod = pod(folder);

        assertEquals(
                List.of("run", "/etc/chaos-proxy/chaos-proxy.conf"),
                pod.container().getArgs());
        assertNull(pod.mount().getSubPath());
        assertEquals(List.of(), pod.volume().getConfigMap().getItems()); // the whole ConfigMap
        for (Kustomization.Generator generator :
                Kustomization.of(ROOT.resolve(generating)).configMapGenerator()) {
            assertTrue(generator.options() != null && generator.options().disableNameSuffixHash());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BASE, SIDECAR, FLEET, CI, OWN})
    void thePodLivesUntilItsProxiesAreDrained(String folder) throws IOException {
        PodWithProxy pod = pod(folder);
        Long seconds = pod.pod().getSpec().getTerminationGracePeriodSeconds();
        Duration grace = seconds == null ? USUAL_GRACE : Duration.ofSeconds(seconds);

        Duration delay = control(pod).shutdownDelay();
        pod.config().proxies().forEach(proxy -> {
            Duration needed = proxy.options().drain().plus(delay).plusSeconds(1);
            assertTrue(grace.compareTo(needed) > 0, proxy.name());
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {BASE, SIDECAR, FLEET, CI, OWN})
    void itMayDoLittle(String folder) throws IOException {
        PodWithProxy pod = pod(folder);
        PodSpec spec = pod.pod().getSpec();
        SecurityContext own = pod.container().getSecurityContext();

        if (!folder.equals(SIDECAR)) {
            assertFalse(spec.getAutomountServiceAccountToken());
            assertTrue(spec.getSecurityContext().getRunAsNonRoot());
            assertEquals(65532, spec.getSecurityContext().getRunAsUser());
            assertEquals(
                    "RuntimeDefault",
                    spec.getSecurityContext().getSeccompProfile().getType());
        } else {
            assertTrue(own.getRunAsNonRoot());
            assertEquals(65532, own.getRunAsUser());
            assertEquals("RuntimeDefault", own.getSeccompProfile().getType());
        }
        assertFalse(own.getAllowPrivilegeEscalation());
        assertTrue(own.getReadOnlyRootFilesystem());
        assertEquals(List.of("ALL"), own.getCapabilities().getDrop());
        assertTrue(pod.container().getResources().getLimits().containsKey("memory"));
        assertEquals(
                Set.of("cpu", "memory"),
                pod.container().getResources().getRequests().keySet());
        assertTrue(pod.mount().getReadOnly());
        assertEquals(List.of("/tmp"), writable(pod));
    }

    private static List<String> writable(PodWithProxy pod) {
        Set<String> empty = pod.pod().getSpec().getVolumes().stream()
                .filter(volume -> volume.getEmptyDir() != null)
                .map(Volume::getName)
                .collect(Collectors.toSet());
        return pod.container().getVolumeMounts().stream()
                .filter(mount -> empty.contains(mount.getName()))
                .map(VolumeMount::getMountPath)
                .toList();
    }

    @Test
    void theSidecarStandsBetweenTheContainerAndItsUpstream() throws IOException {
        Deployment before =
                Manifests.typed(Manifests.read(ROOT.resolve(SIDECAR).resolve("deployment.yaml")), Deployment.class);
        PodWithProxy pod = pod(SIDECAR);
        PodSpec spec = pod.pod().getSpec();
        ProxySpec proxy = pod.inside().getFirst();
        Container shop = spec.getContainers().getFirst();

        assertEquals("Always", pod.container().getRestartPolicy());
        assertEquals(List.of(pod.container()), spec.getInitContainers());
        assertEquals(1, spec.getContainers().size());
        assertEquals("http://" + proxy.listen(), variable(shop, "PAYMENTS_URL"));
        assertEquals(
                "http://" + proxy.upstream().orElseThrow(),
                variable(
                        before.getSpec().getTemplate().getSpec().getContainers().getFirst(), "PAYMENTS_URL"));
        assertEquals("info", variable(shop, "LOG_LEVEL"));
        assertNotNull(shop.getImage());
        assertEquals(
                "shop", kustomized(SIDECAR).only(Deployment.class).getMetadata().getName());
    }

    private static String variable(Container container, String name) {
        return container.getEnv().stream()
                .filter(variable -> variable.getName().equals(name))
                .map(EnvVar::getValue)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theAutoscalerKeepsThreeReplicasOfTheFleetAndMore() throws IOException {
        Kustomized fleet = kustomized(FLEET);
        Deployment deployment = fleet.named(Deployment.class, NAME);
        HorizontalPodAutoscalerSpec autoscaler =
                fleet.only(HorizontalPodAutoscaler.class).getSpec();

        assertEquals("Deployment", autoscaler.getScaleTargetRef().getKind());
        assertEquals(
                deployment.getMetadata().getName(),
                autoscaler.getScaleTargetRef().getName());
        assertEquals(3, autoscaler.getMinReplicas());
        assertTrue(autoscaler.getMaxReplicas() > 3);
        assertNull(deployment.getSpec().getReplicas()); // each apply would undo what the autoscaler did
        assertTrue(pod(FLEET).container().getResources().getRequests().containsKey("cpu")); // of which it reckons
    }

    @Test
    void replicasOfTheFleetAreApartAndLeaveOneByOne() throws IOException {
        PodWithProxy pod = pod(FLEET);
        PodDisruptionBudgetSpec budget =
                kustomized(FLEET).only(PodDisruptionBudget.class).getSpec();
        List<TopologySpreadConstraint> spread = pod.pod().getSpec().getTopologySpreadConstraints();

        assertSelects(budget.getSelector().getMatchLabels(), pod);
        assertEquals(1, budget.getMaxUnavailable().getIntVal());
        assertEquals(
                Set.of("kubernetes.io/hostname", "topology.kubernetes.io/zone"),
                spread.stream().map(TopologySpreadConstraint::getTopologyKey).collect(Collectors.toSet()));
        spread.forEach(constraint -> assertSelects(constraint.getLabelSelector().getMatchLabels(), pod));
    }

    @Test
    void replicasOfTheFleetShareOneRateByTheRedisBesideThem() throws IOException {
        Kustomized fleet = kustomized(FLEET);
        PodWithProxy pod = pod(FLEET);
        ClusterSettings cluster = pod.config().cluster().orElseThrow();
        Deployment redis = fleet.named(Deployment.class, REDIS);
        Service service = fleet.named(Service.class, REDIS);
        NetworkPolicy policy = fleet.named(NetworkPolicy.class, REDIS);
        Container container =
                redis.getSpec().getTemplate().getSpec().getContainers().getFirst();
        Map<String, String> labels = redis.getSpec().getTemplate().getMetadata().getLabels();

        assertEquals(
                "redis://" + service.getMetadata().getName() + ":"
                        + service.getSpec().getPorts().getFirst().getPort(),
                cluster.redis().toString());
        assertEquals("chaos-proxy-1", cluster.replica().orElseThrow()); // the pod's name
        assertTrue(pod.config().common().rule("all-speed").isPresent());
        assertEquals(labels, service.getSpec().getSelector());
        assertEquals(labels, redis.getSpec().getSelector().getMatchLabels());
        assertEquals(labels, policy.getSpec().getPodSelector().getMatchLabels());
        String port = container.getPorts().getFirst().getName();
        assertEquals(
                port, service.getSpec().getPorts().getFirst().getTargetPort().getStrVal());
        NetworkPolicyIngressRule rule = policy.getSpec().getIngress().getFirst();
        assertEquals(port, rule.getPorts().getFirst().getPort().getStrVal());
        assertSelects(rule.getFrom().getFirst().getPodSelector().getMatchLabels(), pod);
        assertTrue(redis.getSpec().getTemplate().getSpec().getSecurityContext().getRunAsNonRoot());
        assertTrue(container.getSecurityContext().getReadOnlyRootFilesystem());
        assertEquals(
                List.of("ALL"), container.getSecurityContext().getCapabilities().getDrop());
    }

    @Test
    void prometheusReachesTheMetricsAndNothingElse() throws IOException {
        Kustomized monitored = kustomized(MONITORED);
        PodWithProxy pod = pod(MONITORED);
        Service service = monitored.named(Service.class, NAME);
        ServiceMonitor monitor = monitored.only(ServiceMonitor.class);
        ServiceMonitor.Endpoint endpoint = monitor.spec().endpoints().getFirst();
        NetworkPolicy policy = monitored.named(NetworkPolicy.class, "chaos-proxy-metrics");
        ServiceMonitor.Credentials token = endpoint.authorization().credentials();

        assertTrue(service.getMetadata()
                .getLabels()
                .entrySet()
                .containsAll(monitor.spec().selector().matchLabels().entrySet()));
        assertTrue(service.getSpec().getPorts().stream()
                .anyMatch(port -> port.getName().equals(endpoint.port())));
        assertEquals("/metrics", endpoint.path());
        assertEquals(
                PodWithProxy.TOKEN + " " + token.name(),
                control(pod).metricsToken().orElseThrow());
        assertEquals("token", token.key());
        assertSelects(policy.getSpec().getPodSelector().getMatchLabels(), pod);
        NetworkPolicyIngressRule rule = policy.getSpec().getIngress().getFirst();
        assertEquals(Set.of(control(pod).listen().port()), numbers(pod, rule));
        assertNotNull(rule.getFrom().getFirst().getNamespaceSelector());
        assertNotNull(rule.getFrom().getFirst().getPodSelector()); // in that namespace, not anywhere or anything
        assertTrue(control(pod(FLEET)).metricsToken().isEmpty()); // without the component
    }

    @Test
    void ciNeedsNothingPreparedAndRepeatsItsFaults() throws IOException {
        PodWithProxy pod = pod(CI);

        assertEquals(List.of("token"), kustomized(CI).secret("chaos-proxy-control"));
        assertTrue(pod.config().seed().isPresent());
        assertTrue(control(pod).journal().orElseThrow().startsWith(writable(pod).getFirst()));
    }

    @ParameterizedTest
    @ValueSource(strings = {BASE, SIDECAR, FLEET, CI, OWN})
    void theImageIsThatOfTheDockerfile(String folder) throws IOException {
        PodWithProxy pod = pod(folder);
        Map<String, String> docker = dockerfile();
        String[] copied = docker.get("COPY").split(" ", 2);

        assertEquals("chaos-proxy:" + version(), pod.container().getImage());
        assertEquals("65532:65532", docker.get("USER"));
        assertEquals(String.valueOf(control(pod).listen().port()), docker.get("EXPOSE"));
        assertEquals("target/chaos-proxy", copied[0]); // see src/main/assembly/folder.xml
        assertTrue(Files.readString(Path.of(".dockerignore")).lines().anyMatch(line -> line.equals("!" + copied[0])));
        assertEquals("[\"" + copied[1] + "/bin/chaos-proxy\"]", docker.get("ENTRYPOINT"));
        assertEquals(List.of(), pod.container().getCommand()); // the entry point is the launcher
        assertEquals(
                pod.container().getArgs().stream()
                        .map(word -> "\"" + word + "\"")
                        .collect(Collectors.joining(", ", "[", "]")),
                docker.get("CMD"));
    }

    private static Map<String, String> dockerfile() throws IOException {
        return Files.readString(ROOT.resolve("Dockerfile"))
                .lines()
                .filter(line -> line.matches("[A-Z]+ .*"))
                .map(line -> line.split(" ", 2))
                .collect(Collectors.toMap(words -> words[0], words -> words[1]));
    }

    private static String version() throws IOException {
        Matcher version = Pattern.compile("<artifactId>chaos-proxy</artifactId>\\s*<version>(.+?)</version>")
                .matcher(Files.readString(Path.of("pom.xml")));
        assertTrue(version.find());
        return version.group(1);
    }

    private static Kustomized kustomized(String folder) throws IOException {
        return new Kustomized(ROOT.resolve(folder));
    }

    private static PodWithProxy pod(String folder) throws IOException {
        return PodWithProxy.of(kustomized(folder));
    }

    /** A port by its number, or by its name in the container. */
    private static int number(PodWithProxy pod, IntOrString port) {
        return port.getStrVal() == null ? port.getIntVal() : pod.ports().getOrDefault(port.getStrVal(), -1);
    }

    private static void assertSelects(Map<String, String> labels, PodWithProxy pod) {
        assertFalse(labels.isEmpty());
        assertTrue(pod.pod().getMetadata().getLabels().entrySet().containsAll(labels.entrySet()));
    }

    private static ControlSettings control(PodWithProxy pod) {
        return pod.config().control().orElseThrow();
    }
}
