package io.chaosproxy.k8s;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What {@code kustomize build} makes of a folder, as far as the folders here need it; KubectlTest holds it against the original. */
final class Kustomized {
    private static final String PATCH = "$patch";

    private final Map<String, ObjectNode> resources = new LinkedHashMap<>(); // by kind and name

    Kustomized(Path folder) throws IOException {
        add(folder);
    }

    private void add(Path folder) throws IOException {
        Kustomization kustomization = Kustomization.of(folder);
        for (String resource : kustomization.resources()) {
            Path path = folder.resolve(resource).normalize();
            if (Files.isDirectory(path)) {
                add(path);
            } else {
                add((ObjectNode) Manifests.read(path), true);
            }
        }
        generate(folder, kustomization);
        for (String component : kustomization.components()) {
            add(folder.resolve(component).normalize());
        }
        for (Kustomization.Patch patch : kustomization.patches()) {
            for (JsonNode fields : Manifests.readAll(folder.resolve(patch.path()))) {
                apply(patch, fields, folder + "/" + patch.path());
            }
        }
    }

    private void add(ObjectNode resource, boolean isNew) {
        assertEquals(!isNew, resources.containsKey(identity(resource)), identity(resource));
        resources.put(identity(resource), resource);
    }

    private void generate(Path folder, Kustomization kustomization) throws IOException {
        for (Kustomization.Generator generator : kustomization.configMapGenerator()) {
            generate(folder, generator, "ConfigMap", false);
        }
        for (Kustomization.Generator generator : kustomization.secretGenerator()) {
            generate(folder, generator, "Secret", true);
        }
    }

    private void generate(Path folder, Kustomization.Generator generator, String kind, boolean encoded)
            throws IOException {
        Map<String, String> data = new TreeMap<>();
        for (String file : generator.files()) {
            data.put(file, Files.readString(folder.resolve(file)));
        }
        for (String literal : generator.literals()) {
            int equals = literal.indexOf('=');
            data.put(literal.substring(0, equals), literal.substring(equals + 1));
        }
        ObjectNode made = JsonNodeFactory.instance.objectNode();
        made.put("apiVersion", "v1").put("kind", kind);
        ObjectNode metadata = made.putObject("metadata").put("name", generator.name());
        if (generator.options() != null && generator.options().labels() != null) {
            ObjectNode labels = metadata.putObject("labels");
            generator.options().labels().forEach(labels::put);
        }
        if (encoded) {
            made.put("type", "Opaque");
        }
        ObjectNode entries = made.putObject("data");
        data.forEach((key, value) ->
                entries.put(key, encoded ? Base64.getEncoder().encodeToString(value.getBytes(UTF_8)) : value));
        add(made, generator.isNew());
    }

    private void apply(Kustomization.Patch patch, JsonNode fields, String source) {
        List<ObjectNode> targets = resources.values().stream()
                .filter(resource -> patch.target() == null
                        ? identity(resource).equals(identity(fields))
                        : kind(resource).equals(patch.target().kind()))
                .toList();
        assertFalse(targets.isEmpty(), source + ": nothing to patch");
        targets.forEach(target -> merge(target, anonymous(fields)));
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

    /** A strategic merge: fields are merged, so are lists of named things by their names, all else is replaced; null removes. */
    private static void merge(ObjectNode target, ObjectNode patch) {
        for (Map.Entry<String, JsonNode> field : patch.properties()) {
            JsonNode old = target.path(field.getKey());
            if (field.getValue().isNull()) {
                target.remove(field.getKey());
            } else if (old instanceof ObjectNode object && field.getValue() instanceof ObjectNode fields) {
                merge(object, fields);
            } else if (isNamed(old) && isNamed(field.getValue())) {
                target.set(field.getKey(), merged((ArrayNode) old, (ArrayNode) field.getValue()));
            } else {
                target.set(field.getKey(), withoutDirective(field.getValue()));
            }
        }
    }

    private static boolean isNamed(JsonNode list) {
        return list.isArray() && list.valueStream().allMatch(item -> item.has("name"));
    }

    /** A list may begin with {@code $patch: replace}: then what follows is all of it. */
    private static JsonNode withoutDirective(JsonNode value) {
        JsonNode copy = value.deepCopy();
        if (copy instanceof ArrayNode list && list.path(0).has(PATCH)) {
            assertEquals("replace", list.remove(0).path(PATCH).asString());
        }
        return copy;
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

    /** All that there is to apply, by kind and name. */
    Map<String, JsonNode> all() {
        return new TreeMap<>(resources);
    }

    /** All of this type. */
    <T> List<T> every(Class<T> type) {
        return resources.values().stream()
                .filter(resource -> kind(resource).equals(type.getSimpleName()))
                .map(resource -> Manifests.typed(resource, type))
                .toList();
    }

    /** The only resource of this type. */
    <T> T only(Class<T> type) {
        List<T> found = every(type);
        assertEquals(1, found.size(), type.getSimpleName());
        return found.getFirst();
    }

    /** The one of this type and name. */
    <T> T named(Class<T> type, String name) {
        String identity = type.getSimpleName() + " " + name;
        assertTrue(resources.containsKey(identity), "no " + identity + " among " + resources.keySet());
        return Manifests.typed(resources.get(identity), type);
    }

    /** The files of a ConfigMap. */
    Map<String, String> configMap(String name) {
        return data("ConfigMap " + name);
    }

    /** The keys of a Secret that is generated here; empty if others bring it. */
    List<String> secret(String name) {
        return resources.containsKey("Secret " + name)
                ? new ArrayList<>(data("Secret " + name).keySet())
                : List.of();
    }

    private Map<String, String> data(String identity) {
        assertTrue(resources.containsKey(identity), "no " + identity + " among " + resources.keySet());
        return resources.get(identity).path("data").properties().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().asString()));
    }
}
