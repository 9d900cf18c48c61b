package io.chaosproxy.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Workflows and templates of GitHub, as far as they can be checked elsewhere. */
@Tag("fast")
final class WorkflowsTest {
    private static final Path GITHUB = Path.of(".github");
    private static final Pattern PINNED = Pattern.compile("actions/[a-z-]+@[0-9a-f]{40}");
    private static final Pattern PROFILE =
            Pattern.compile("<profile>\\s*(?:<!--.*?-->\\s*)?<id>([a-z-]+)</id>", Pattern.DOTALL);

    private static JsonNode read(Path file) {
        return new YAMLMapper().readTree(file.toFile());
    }

    private static List<Path> workflows() throws IOException {
        try (Stream<Path> files = Files.list(GITHUB.resolve("workflows"))) {
            return files.sorted().toList();
        }
    }

    @Test
    void everyFileIsYaml() throws IOException {
        try (Stream<Path> files = Files.walk(GITHUB)) {
            List<Path> yaml =
                    files.filter(file -> file.toString().endsWith(".yml")).toList();
            assertTrue(yaml.size() >= 7, yaml::toString);
            yaml.forEach(file -> assertTrue(read(file).isObject(), file::toString));
        }
    }

    @Test
    void actionsArePinnedAndJobsMayDoLittle() throws IOException {
        for (Path file : workflows()) {
            JsonNode workflow = read(file);
            assertEquals("read", workflow.at("/permissions/contents").asString(), file::toString);
            assertEquals(1, workflow.get("permissions").size(), file::toString);
            for (JsonNode job : workflow.get("jobs")) {
                assertTrue(job.has("timeout-minutes"), file::toString);
                job.get("steps").forEach(step -> check(file, step));
            }
        }
    }

    private static void check(Path file, JsonNode step) {
        if (step.has("uses")) {
            String action = step.get("uses").asString();
            assertTrue(PINNED.matcher(action).matches(), () -> file + ": " + action);
            if (action.startsWith("actions/checkout@")) {
                assertFalse(step.at("/with/persist-credentials").asBoolean(true), file::toString);
            }
        } else {
            assertFalse(
                    step.get("run").asString().contains("${{ github.event"),
                    () -> file + ": text of others in a script");
        }
    }

    /** What they run is there. */
    @Test
    void profilesAndScriptsOfWorkflowsExist() throws IOException {
        List<String> profiles = PROFILE.matcher(Files.readString(Path.of("pom.xml")))
                .results()
                .map(result -> result.group(1))
                .toList();
        List<String> named = new ArrayList<>();
        for (Path file : workflows()) {
            Pattern.compile("-P([a-z,-]+)")
                    .matcher(Files.readString(file))
                    .results()
                    .forEach(result -> named.addAll(List.of(result.group(1).split(","))));
        }
        assertTrue(named.contains("release"), named::toString);
        assertTrue(profiles.containsAll(named), () -> named + " of " + profiles);
        for (String script : List.of(".ci/run", "src/build/release")) {
            assertTrue(Files.isExecutable(Path.of(script)), script);
        }
    }

    /** Users copy these; the script of releases changes them all. */
    @Test
    void theVersionIsThatOfThePom() throws IOException {
        String version = Pattern.compile("(?m)^  <version>(.*)</version>$")
                .matcher(Files.readString(Path.of("pom.xml")))
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);
        List<String> others = new ArrayList<>();
        Pattern ours = Pattern.compile("chaos-proxy[:_-](\\d+\\.\\d+\\.\\d+(?:-SNAPSHOT)?)");
        for (Path file :
                List.of(Path.of("README.md"), Path.of("k8s/Dockerfile"), Path.of("k8s/base/deployment.yaml"))) {
            ours.matcher(Files.readString(file))
                    .results()
                    .map(result -> result.group(1))
                    .filter(found -> !found.equals(version))
                    .forEach(found -> others.add(file + " names " + found));
        }
        assertEquals(List.of(), others);
    }
}
