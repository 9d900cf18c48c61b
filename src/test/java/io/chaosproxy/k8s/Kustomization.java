package io.chaosproxy.k8s;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A kustomization.yaml, with as many of the possible fields as are used here. */
record Kustomization(
        String apiVersion,
        String kind,
        List<String> resources,
        List<String> components,
        List<Generator> configMapGenerator,
        List<Patch> patches) {

    static final String FILE = "kustomization.yaml";

    record Generator(String name, List<String> files, Map<String, Boolean> options) {}

    record Patch(String path, @Nullable Target target) {}

    record Target(String kind) {}

    Kustomization {
        resources = orEmpty(resources);
        components = orEmpty(components);
        configMapGenerator = orEmpty(configMapGenerator);
        patches = orEmpty(patches);
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    static Kustomization of(Path folder) throws IOException {
        return Manifests.typed(Manifests.read(folder.resolve(FILE)), Kustomization.class);
    }
}
