package io.chaosproxy.k8s;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.type.LogicalType;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads manifests as strictly as an API server can: no unknown field, no key twice, no number or flag for a text. */
final class Manifests {
    private static final Map<String, Class<?>> KINDS = Map.ofEntries(
            Map.entry("apps/v1 Deployment", Deployment.class),
            Map.entry("v1 ConfigMap", ConfigMap.class),
            Map.entry("v1 Secret", Secret.class),
            Map.entry("v1 Service", Service.class),
            Map.entry("networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class),
            Map.entry("autoscaling/v2 HorizontalPodAutoscaler", HorizontalPodAutoscaler.class),
            Map.entry("policy/v1 PodDisruptionBudget", PodDisruptionBudget.class),
            Map.entry("monitoring.coreos.com/v1 ServiceMonitor", ServiceMonitor.class),
            Map.entry("monitoring.coreos.com/v1 PrometheusRule", PrometheusRule.class),
            Map.entry("kustomize.config.k8s.io/v1beta1 Kustomization", Kustomization.class),
            Map.entry("kustomize.config.k8s.io/v1alpha1 Component", Kustomization.class));

    private static final YAMLMapper MAPPER = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(
                    LogicalType.Textual,
                    texts -> texts.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail))
            .annotationIntrospector(new NoLeftovers())
            .build();

    /** The models put what they don't know into a map by {@link JsonAnySetter}; here it stays unknown. */
    private static final class NoLeftovers extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1L;

        @Override
        public Boolean hasAnySetter(MapperConfig<?> config, Annotated annotated) {
            return false;
        }
    }

    private Manifests() {}

    /** What a file says, after it was found to fit the type of its kind. */
    static JsonNode read(Path file) throws IOException {
        List<JsonNode> manifests = readAll(file);
        if (manifests.size() != 1) {
            throw new IOException(file + " has " + manifests.size() + " documents");
        }
        return manifests.getFirst();
    }

    /** What the documents of a file say, each after it was found to fit the type of its kind. */
    static List<JsonNode> readAll(Path file) throws IOException {
        List<JsonNode> manifests = parseAll(Files.readString(file));
        manifests.forEach(manifest -> typed(withoutDirectives(manifest)));
        return manifests;
    }

    static JsonNode parse(String yaml) {
        return MAPPER.readTree(yaml);
    }

    static List<JsonNode> parseAll(String yaml) {
        try (MappingIterator<JsonNode> documents = MAPPER.readerFor(JsonNode.class)
                .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .readValues(yaml)) {
            return documents.readAll();
        }
    }

    /** Without the items of lists that say how to merge them. */
    private static JsonNode withoutDirectives(JsonNode manifest) {
        JsonNode copy = manifest.deepCopy();
        removeDirectives(copy);
        return copy;
    }

    private static void removeDirectives(JsonNode node) {
        if (node instanceof ArrayNode list) {
            list.removeIf(item -> item.has("$patch"));
        }
        node.forEach(Manifests::removeDirectives);
    }

    static Object typed(JsonNode manifest) {
        String kind = manifest.path("apiVersion").asString() + " "
                + manifest.path("kind").asString();
        Class<?> type = KINDS.get(kind);
        if (type == null) {
            throw new IllegalArgumentException("no such kind here: " + kind);
        }
        return typed(manifest, type);
    }

    static <T> T typed(JsonNode manifest, Class<T> type) {
        return MAPPER.treeToValue(manifest, type);
    }
}
