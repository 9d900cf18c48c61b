package io.chaosproxy.k8s;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chaosproxy.kit.Child;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * {@code kubectl kustomize} makes of the folders what {@link Kustomized} makes of them. Skipped without a kubectl of 1.27 or newer, in CI
 * as well: the only one among Debian's packages is from 1.20, which knows no components.
 */
class KubectlTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "base",
                "examples/sidecar",
                "examples/monitored-fleet",
                "overlays/ci",
                "overlays/fleet",
                "overlays/own"
            })
    void makesTheSame(String folder) throws Exception {
        assumeTrue(isThere(), "kubectl 1.27 or newer is not installed");
        Path path = Path.of("k8s", folder);
        Map<String, JsonNode> theirs = new TreeMap<>();
        for (JsonNode resource : Manifests.parseAll(output("kubectl", "kustomize", path.toString()))) {
            theirs.put(
                    resource.path("kind").asString() + " "
                            + resource.path("metadata").path("name").asString(),
                    resource);
        }

        assertEquals(theirs, new Kustomized(path).all());
    }

    private static boolean isThere() throws InterruptedException {
        try {
            String version = output("kubectl", "version", "--client", "--output=json");
            String minor =
                    Manifests.parse(version).path("clientVersion").path("minor").asString();
            return Integer.parseInt(minor.replaceAll("\\D.*", "")) >= 27;
        } catch (IOException | NumberFormatException e) {
            return false;
        }
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Process process = Child.builder(List.of(command)).start();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        String errors = new String(process.getErrorStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + errors);
        }
        return text;
    }
}
