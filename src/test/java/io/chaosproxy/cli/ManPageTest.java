package io.chaosproxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.ClientProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manual pages: all commands have one, groff finds nothing wrong with them, and what it shows is the help's. */
final class ManPageTest {
    @TempDir
    private Path folder;

    private static Map<String, String> pages() {
        return ManPage.all(AllCommands.line(), "1.2.3");
    }

    @Test
    void everyCommandHasOne() {
        List<String> names = new ArrayList<>();
        CommandTree.visit(
                AllCommands.line(),
                (words, command) ->
                        names.add("chaos-proxy" + (words.isEmpty() ? "" : "-" + String.join("-", words)) + ".1"));
        assertEquals(names.stream().sorted().toList(), List.copyOf(pages().keySet()));
        assertTrue(names.contains("chaos-proxy-ctl-add.1"), names::toString);
        assertTrue(!names.contains("chaos-proxy-share.1"), "hidden");
    }

    @Test
    void groffUnderstandsThem() throws Exception {
        ClientProgram.assumePresent("groff");
        List<String> command = new ArrayList<>(List.of("groff", "-man", "-Tutf8", "-ww", "-z"));
        for (Map.Entry<String, String> page : pages().entrySet()) {
            command.add(Files.writeString(folder.resolve(page.getKey()), page.getValue())
                    .toString());
        }
        assertEquals("", said(command));
    }

    @Test
    void itShowsOptionsAndExamplesAsTyped() throws Exception {
        ClientProgram.assumePresent("groff");
        Path page = Files.writeString(folder.resolve("add.1"), pages().get("chaos-proxy-ctl-add.1"));
        String shown = said(List.of("groff", "-man", "-Tascii", "-P-cbou", page.toString()))
                .replaceAll("\\s+", " ");
        for (String part : List.of(
                "CHAOS-PROXY-CTL-ADD(1)",
                "chaos-proxy-ctl-add - Adds a rule to a proxy",
                "chaos-proxy ctl add [OPTION...] PROXY",
                "--listen=HOST:PORT",
                "chaos-proxy ctl add shop broken type=respond 'when.path=/api/**' ttl=5m",
                "CHAOS_PROXY_TOKEN",
                "chaos-proxy 1.2.3")) {
            assertTrue(shown.contains(part), () -> part + " is not in " + shown);
        }
    }

    private String said(List<String> command) throws IOException, InterruptedException {
        ClientProgram run = ClientProgram.run(folder, Map.of(), command.toArray(String[]::new));
        assertEquals(0, run.exit(), run.output());
        return run.output();
    }
}
