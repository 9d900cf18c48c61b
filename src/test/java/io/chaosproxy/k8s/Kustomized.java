package io.chaosproxy.k8s;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code kustomize build} makes of a folder, as far as the folders here need it. */
final class Kustomized {
    private final List<ObjectNode> resources = new ArrayList<>();
    private final Map<String, Map<String, String>> configMaps = new HashMap<>();

    Kustomized(Path folder) throws IOException {
        Kustomization kustomization = Kustomization.of(folder);
        for (String resource : kustomization.resources()) {
            resources.add((ObjectNode) Manifests.read(folder.resolve(resource)));
        }
        for (String component : kustomization.components()) {
            apply(folder.resolve(component));
        }
        apply(folder);
    }

    private void apply(Path folder) throws IOException {
        Kustomization kustomization = Kustomization.of(folder);
        for (Kustomization.Generator generator : kustomization.configMapGenerator()) {
            Map<String, String> data = new HashMap<>();
            for (String file : generator.files()) {
                data.put(file, Files.readString(folder.resolve(file)));
            }
            configMaps.put(generator.name(), data);
        }
        for (Kustomization.Patch patch : kustomization.patches()) {
            JsonNode fields = Manifests.read(folder.resolve(patch.path()));
            List<ObjectNode> targets = resources.stream()
                    .filter(resource -> patch.target() == null
                            ? identity(resource).equals(identity(fields))
                            : kind(resource).equals(patch.target().kind()))
                    .toList();
            assertTrue(!targets.isEmpty(), folder + ": nothing to patch with " + patch.path());
            targets.forEach(target -> merge(target, anonymous(fields)));
        }
    }

    private static String kind(JsonNode resource) {
        return resource.path("kind").asString();
    }

    private static String identity(JsonNode resource) {
        return kind(resource) + " " + resource.path("metadata").path("name").asString();
    }

    /** The target keeps its own name. */
    private static ObjectNode anonymous(JsonNode patch) {
        ObjectNode copy = (ObjectNode) patch.deepCopy();
        ((ObjectNode) copy.path("metadata")).remove("name");
        return copy;
    }

    /** A strategic merge: fields are merged, so are lists of named things by their names, all else is replaced. */
    private static void merge(ObjectNode target, ObjectNode patch) {
        for (Map.Entry<String, JsonNode> field : patch.properties()) {
            JsonNode old = target.path(field.getKey());
            if (old instanceof ObjectNode object && field.getValue() instanceof ObjectNode fields) {
                merge(object, fields);
            } else if (isNamed(old) && isNamed(field.getValue())) {
                target.set(field.getKey(), merged((ArrayNode) old, (ArrayNode) field.getValue()));
            } else {
                target.set(field.getKey(), field.getValue().deepCopy());
            }
        }
    }

    private static boolean isNamed(JsonNode list) {
        return list.isArray() && list.valueStream().allMatch(item -> item.has("name"));
    }

    /** New things come first, as kustomize does it. */
    private static ArrayNode merged(ArrayNode old, ArrayNode patch) {
        Map<String, JsonNode> items = new LinkedHashMap<>();
        patch.forEach(item -> items.put(item.path("name").asString(), item.deepCopy()));
        for (JsonNode item : old) {
            JsonNode patched = items.put(item.path("name").asString(), item);
            if (patched != null) {
                merge((ObjectNode) item, (ObjectNode) patched);
            }
        }
        ArrayNode result = old.arrayNode();
        result.addAll(items.values());
        return result;
    }

    /** The only resource of this type. */
    <T> T only(Class<T> type) {
        List<T> found = resources.stream()
                .filter(resource -> kind(resource).equals(type.getSimpleName()))
                .map(resource -> Manifests.typed(resource, type))
                .toList();
        assertTrue(found.size() == 1, found.size() + " of " + type.getSimpleName());
        return found.getFirst();
    }

    /** The files of a ConfigMap. */
    Map<String, String> configMap(String name) {
        assertTrue(configMaps.containsKey(name), "no ConfigMap " + name + " among " + configMaps.keySet());
        return configMaps.get(name);
    }
}
