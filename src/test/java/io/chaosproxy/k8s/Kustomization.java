package io.chaosproxy.k8s;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A kustomization.yaml, with as many of the possible fields as are used here. */
record Kustomization(
        String apiVersion,
        String kind,
        List<String> resources,
        List<String> components,
        List<Generator> configMapGenerator,
        List<Generator> secretGenerator,
        List<Patch> patches) {

    static final String FILE = "kustomization.yaml";

    /**
     * Makes a ConfigMap or a Secret.
     *
     * @param behavior {@code replace} if it stands for one that there is
     */
    record Generator(
            String name,
            @Nullable String behavior,
            List<String> files,
            List<String> literals,
            @Nullable Options options) {
        Generator {
            files = orEmpty(files);
            literals = orEmpty(literals);
        }

        boolean isNew() {
            return behavior == null;
        }
    }

    /** How what is generated looks. */
    record Options(boolean disableNameSuffixHash, @Nullable Map<String, String> labels) {}

    record Patch(String path, @Nullable Target target) {}

    record Target(String kind) {}

    Kustomization {
        resources = orEmpty(resources);
        components = orEmpty(components);
        configMapGenerator = orEmpty(configMapGenerator);
        secretGenerator = orEmpty(secretGenerator);
        patches = orEmpty(patches);
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    static Kustomization of(Path folder) throws IOException {
        return Manifests.typed(Manifests.read(folder.resolve(FILE)), Kustomization.class);
    }

    /** The files and folders that it names. */
    Stream<String> named() {
        return Stream.of(
                        resources.stream(),
                        components.stream(),
                        patches.stream().map(Patch::path),
                        Stream.concat(configMapGenerator.stream(), secretGenerator.stream())
                                .flatMap(generator -> generator.files().stream()))
                .flatMap(names -> names);
    }
}
