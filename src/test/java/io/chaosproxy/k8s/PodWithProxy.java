package io.chaosproxy.k8s;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ProxySpec;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A pod in which a container {@code chaos-proxy} runs, and what its configuration says there.
 *
 * @param mount of the folder with the configuration
 * @param volume that is mounted there
 */
record PodWithProxy(
        PodTemplateSpec pod, Container container, VolumeMount mount, Volume volume, Path file, ChaosConfig config) {
    static final String TOKEN = "what a Secret holds:";

    static PodWithProxy of(Kustomized kustomized) {
        PodTemplateSpec pod = kustomized.every(Deployment.class).stream()
                .map(deployment -> deployment.getSpec().getTemplate())
                .filter(template -> containers(template.getSpec())
                        .anyMatch(one -> one.getName().equals("chaos-proxy")))
                .findFirst()
                .orElseThrow();
        PodSpec spec = pod.getSpec();
        Container container = only(containers(spec).filter(one -> one.getName().equals("chaos-proxy")));
        Path file = Path.of(container.getArgs().getLast());
        VolumeMount mount = only(container.getVolumeMounts().stream()
                .filter(one -> Path.of(one.getMountPath()).equals(file.getParent())));
        Volume volume =
                only(spec.getVolumes().stream().filter(one -> one.getName().equals(mount.getName())));
        String text = kustomized
                .configMap(volume.getConfigMap().getName())
                .get(file.getFileName().toString());
        return new PodWithProxy(pod, container, mount, volume, file, read(text, environment(container, pod)));
    }

    private static Stream<Container> containers(PodSpec spec) {
        return Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream());
    }

    private static Map<String, String> environment(Container container, PodTemplateSpec pod) {
        return container.getEnv().stream().collect(Collectors.toMap(EnvVar::getName, variable -> value(variable, pod)));
    }

    private static String value(EnvVar variable, PodTemplateSpec pod) {
        if (variable.getValue() != null) {
            return variable.getValue();
        }
        EnvVarSource source = variable.getValueFrom();
        if (source.getFieldRef() == null) {
            return TOKEN + " " + source.getSecretKeyRef().getName();
        }
        String path = source.getFieldRef().getFieldPath();
        if (path.equals("metadata.name")) {
            return "chaos-proxy-1";
        }
        String annotation = path.substring("metadata.annotations['".length(), path.length() - "']".length());
        return pod.getMetadata().getAnnotations().getOrDefault(annotation, "");
    }

    private static ChaosConfig read(String text, Map<String, String> environment) {
        return ConfigReader.read(
                ConfigFactory.parseString(text, ConfigParseOptions.defaults().setOriginDescription("chaos-proxy.conf"))
                        .withFallback(ConfigFactory.parseMap(environment))
                        .resolve(ConfigResolveOptions.noSystem()));
    }

    private static <T> T only(Stream<T> found) {
        List<T> all = found.toList();
        if (all.size() != 1) {
            throw new AssertionError("there should be one, not " + all);
        }
        return all.getFirst();
    }

    /** The container's ports by their names. */
    Map<String, Integer> ports() {
        return container.getPorts().stream()
                .collect(Collectors.toMap(ContainerPort::getName, ContainerPort::getContainerPort));
    }

    /** Proxies that listen for this pod alone. */
    List<ProxySpec> inside() {
        return config.proxies().stream().filter(PodWithProxy::isInside).toList();
    }

    /** Proxies that others reach. */
    List<ProxySpec> outside() {
        return config.proxies().stream().filter(proxy -> !isInside(proxy)).toList();
    }

    private static boolean isInside(ProxySpec proxy) {
        return proxy.listen().host().equals("127.0.0.1");
    }
}
