package io.chaosproxy.cookbook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.kit.ClientProgram;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What the pages of the cookbook show is what is run elsewhere: by the projects in src/it, and by {@link RecipesTest}. */
@Tag("fast")
final class CookbookTest {
    private static final Path SPRING_BOOT = Path.of("src/it/spring-boot");
    private static final List<Path> PROJECTS =
            List.of(Path.of("src/it/consumer/src/test/java/cookbook"), Path.of("src/it/kafka"), SPRING_BOOT);
    private static final Pattern SNIPPET = Pattern.compile("(?sm)^ *// snippet: [\\w-]+\n(.*?)\n *// end$");
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    @Test
    void javaIsThatOfTheProjects() throws IOException {
        List<String> run = new ArrayList<>();
        for (Path project : PROJECTS) {
            try (Stream<Path> files = Files.walk(project)) {
                for (Path file :
                        files.filter(each -> each.toString().endsWith(".java")).toList()) {
                    SNIPPET.matcher(Files.readString(file))
                            .results()
                            .forEach(found -> run.add(found.group(1).stripIndent()));
                }
            }
        }
        List<String> shown = new ArrayList<>(Page.read(Page.INDEX).blocks("java"));
        Page.recipes().forEach(page -> shown.addAll(page.blocks("java")));
        assertTrue(shown.size() >= 15, shown::toString);
        assertEquals(run.stream().sorted().toList(), shown.stream().sorted().toList());
    }

    @Test
    void theConfigurationOfSpringBootIsThatOfTheProject() throws IOException {
        assertEquals(
                Files.readString(SPRING_BOOT.resolve("src/main/resources/application.yaml")),
                recipe("spring-boot").section("The service").block("yaml") + "\n");
    }

    @Test
    void theIndexHasEachRecipeAndLinksLeadSomewhere() throws IOException {
        Page index = Page.read(Page.INDEX);
        TreeSet<String> listed = new TreeSet<>();
        for (Page page :
                Stream.concat(Stream.of(index), Page.recipes().stream()).toList()) {
            for (String link : page.sections().stream()
                    .flatMap(each -> each.links().stream())
                    .toList()) {
                listed.add(link);
                String target = link.replaceFirst("#.*", "");
                assertTrue(
                        link.startsWith("http") || Files.exists(page.file().resolveSibling(target)),
                        () -> page.file() + " links " + link);
            }
        }
        for (Page page : Page.recipes()) {
            String link = "cookbook/" + page.file().getFileName();
            for (Page.Section section : page.sections()) {
                if (!section.blocks("hocon").isEmpty() && !section.title().isEmpty()) {
                    assertTrue(
                            listed.contains(link) || listed.contains(link + "#" + section.anchor()),
                            () -> "the index lacks " + section);
                }
            }
            TreeSet<String> anchors =
                    page.sections().stream().map(Page.Section::anchor).collect(Collectors.toCollection(TreeSet::new));
            listed.stream()
                    .filter(each -> each.startsWith(link + "#"))
                    .forEach(each -> assertTrue(anchors.contains(each.substring(link.length() + 1)), each));
        }
    }

    @Test
    void theWorkflowHasOneActionOrOneCommandForEachStep(@TempDir Path folder) throws Exception {
        Page page = recipe("ci");
        JsonNode workflow = YAML.readTree(page.section("GitHub Actions").block("yaml"));
        assertEquals(List.of("name", "on", "jobs"), List.copyOf(workflow.propertyNames()));
        boolean usesTheScript = false;
        for (JsonNode step : workflow.at("/jobs/chaos/steps")) {
            assertTrue(step.has("uses") != step.has("run"), step::toString);
            if (step.has("uses")) {
                assertTrue(step.get("uses").stringValue().matches("actions/[a-z-]+@v\\d+"), step::toString);
            } else {
                String command = step.get("run").stringValue();
                usesTheScript |= command.contains("sh chaos-ci.sh ");
                Path script = Files.writeString(
                        folder.resolve("step.sh"),
                        command.replaceAll("\\$\\{\\{[^}]*}}", "https://example.com/a.tar.gz"));
                ClientProgram checked = ClientProgram.run(folder, Map.of(), "bash", "-n", script.toString());
                assertEquals(0, checked.exit(), checked::output);
            }
        }
        assertTrue(usesTheScript);
        assertTrue(page.section("A script").text().contains("`sh chaos-ci.sh COMMAND...`"));
    }

    @Test
    void servicesOfComposeReachEachOtherByTheProxies() throws IOException {
        JsonNode compose = YAML.readTree(recipe("ci").section("Docker Compose").block("yaml"));
        JsonNode services = compose.get("services");
        ChaosConfig config =
                ChaosConfig.parse(compose.at("/configs/chaos/content").stringValue());
        Map<Integer, String> upstreams = config.proxies().stream()
                .collect(Collectors.toMap(
                        each -> each.listen().port(),
                        each -> each.upstream().orElseThrow().host()));
        upstreams.values().forEach(host -> assertTrue(services.has(host), host));

        JsonNode environment = services.at("/shop/environment");
        assertEquals(upstreams.size(), environment.size());
        for (JsonNode value : environment) {
            URI url = URI.create(value.stringValue().replaceFirst("^jdbc:", ""));
            assertEquals("chaos", url.getHost());
            assertTrue(upstreams.containsKey(url.getPort()), url::toString);
        }

        JsonNode chaos = services.get("chaos");
        String image = Files.readString(Path.of("k8s/Dockerfile"));
        assertTrue(image.contains("\"" + chaos.at("/configs/0/target").stringValue() + "\""), image);
        assertTrue(image.contains("\"" + chaos.at("/healthcheck/test/1").stringValue() + "\""), image);
        assertTrue(compose.get("configs").has(chaos.at("/configs/0/source").stringValue()));
        int control = config.control().orElseThrow().listen().port();
        assertEquals(
                "127.0.0.1:" + control + ":" + control, chaos.at("/ports/0").stringValue());
        assertTrue(services.at("/shop/depends_on").has("chaos"));
        assertFalse(services.at("/shop/depends_on/chaos/condition").isMissingNode());
        assertEquals(
                List.of("orders-db", "payments"),
                config.proxies().stream().map(ProxySpec::name).toList());
    }

    private static Page recipe(String name) throws IOException {
        return Page.read(Page.FOLDER.resolve(name + ".md"));
    }
}
