package io.chaosproxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.ClientProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What fish and zsh complete. Their scripts are made of the same tables, so a few lines stand for all. */
final class OtherShellsTest {
    /** Lines, and what is offered at their end; without descriptions and blanks behind. */
    private static final Map<String, List<String>> LINES = lines();

    @TempDir
    private Path folder;

    private static Map<String, List<String>> lines() {
        Map<String, List<String>> lines = new LinkedHashMap<>();
        lines.put("chaos-proxy ct", List.of("ctl"));
        lines.put("chaos-proxy ctl re", List.of("reload", "remove", "replace", "reset"));
        lines.put("chaos-proxy ctl --url http://a:1 fa", List.of("faults"));
        lines.put("chaos-proxy ctl faults sl", List.of("slice", "slow-close"));
        lines.put("chaos-proxy completion ", List.of("bash", "fish", "zsh"));
        lines.put("chaos-proxy ctl list --output ", List.of("json", "table", "wide", "yaml"));
        lines.put("chaos-proxy tcp --latency-scope ", List.of("first-byte", "stream"));
        lines.put(
                "chaos-proxy ctl events --types ", List.of("connection", "exchange", "hit", "plan", "proxy", "stats"));
        lines.put("chaos-proxy ctl list --clu", List.of());
        lines.put("chaos-proxy check --no", List.of());
        lines.put("chaos-proxy check serv", List.of("service.conf"));
        lines.put("chaos-proxy tcp --upstream-tr", List.of("--upstream-trust"));
        lines.put("chaos-proxy ctl add shop slow type=la", List.of("type=latency"));
        lines.put("chaos-proxy ctl add shop slow type=latency scope=", List.of("scope=first-byte", "scope=stream"));
        lines.put("chaos-proxy ctl add shop slow type=latency sc", List.of("scale=", "scope="));
        lines.put("chaos-proxy ctl add shop ty", List.of());
        lines.put("chaos-proxy ctl replace all-speed type=rate red", List.of("redraw="));
        lines.put("chaos-proxy ctl add web --listen :1 --upstream a:2 max-", List.of("max-connections=", "max-head="));
        return lines;
    }

    @Test
    void fish() throws Exception {
        ClientProgram.assumePresent("fish");
        Files.createFile(folder.resolve("service.conf"));
        StringBuilder asked = new StringBuilder("source completion.fish\n");
        LINES.keySet().forEach(line -> asked.append("echo '> %1$s'\ncomplete -C '%1$s'\n".formatted(line)));
        Files.writeString(folder.resolve("completion.fish"), FishCompletion.of(AllCommands.line()));
        Files.writeString(folder.resolve("ask.fish"), asked);

        assertEquals(LINES, offered(Map.of("HOME", folder.toString()), "fish", "--no-config", "ask.fish"));
    }

    /** Else the description of an option would stand behind each value. */
    @Test
    void fishShowsTheDescriptionOfAnOptionAtTheOption() throws Exception {
        ClientProgram.assumePresent("fish");
        Files.writeString(folder.resolve("completion.fish"), FishCompletion.of(AllCommands.line()));
        Files.writeString(folder.resolve("ask.fish"), """
            source completion.fish
            complete -C 'chaos-proxy ctl list --output '
            complete -C 'chaos-proxy ctl list --outp'
            """);
        List<String> lines = ClientProgram.run(
                        folder, Map.of("HOME", folder.toString()), "fish", "--no-config", "ask.fish")
                .output()
                .lines()
                .toList();
        assertEquals(
                List.of("json", "table", "wide", "yaml"),
                lines.subList(0, 4).stream().sorted().toList());
        assertTrue(lines.getLast().startsWith("--output\ttable, wide, json, yaml. Default"), lines::toString);
    }

    /** Runs an interactive zsh in a pseudo-terminal of another, and prints what its widgets would offer. */
    @Test
    void zsh() throws Exception {
        ClientProgram.assumePresent("zsh");
        Files.createFile(folder.resolve("service.conf"));
        Files.writeString(folder.resolve("_chaos-proxy"), ZshCompletion.of(AllCommands.line()));
        Files.writeString(folder.resolve("inner.zsh"), INNER);
        Files.writeString(folder.resolve("ask.zsh"), ASK);
        Files.write(folder.resolve("lines"), LINES.keySet());

        assertEquals(LINES, offered(Map.of("HOME", folder.toString(), "TERM", "dumb"), "zsh", "-f", "ask.zsh"));
    }

    private Map<String, List<String>> offered(Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        ClientProgram run = ClientProgram.run(folder, environment, command);
        assertEquals(0, run.exit(), run.output());
        Map<String, List<String>> offered = new LinkedHashMap<>();
        TreeSet<String> candidates = new TreeSet<>();
        for (String line : run.output().lines().toList()) {
            if (line.startsWith("> ")) {
                candidates = new TreeSet<>();
                TreeSet<String> these = candidates;
                offered.put(line.substring(2), new ArrayList<>(these));
            } else {
                candidates.add(line.split("\t", 2)[0].strip());
                offered.replace(last(offered), List.copyOf(candidates));
            }
        }
        return offered;
    }

    private static String last(Map<String, List<String>> offered) {
        return new ArrayList<>(offered.keySet()).getLast();
    }

    /** Completion that notes matches in place of showing them; the real builtin says which of them match. */
    private static final String INNER = """
        PROMPT= ; unset zle_bracketed_paste
        fpath=($PWD $fpath)
        autoload -Uz compinit && compinit -u -D
        zstyle ':completion:*' menu no
        compadd() {
          if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)* ]]; then
            builtin compadd "$@"
            return
          fi
          local -a hits
          builtin compadd -O hits "$@"
          local prefix=$IPREFIX hit
          for hit in $hits; do
            print -r -- "$prefix$hit" >> found
          done
          builtin compadd "$@"
        }
        note() {
          compstate[insert]=; compstate[list]=
          print -r done >> found
        }
        ask() {
          comppostfuncs=(note) # which completion forgets
          _main_complete
        }
        zle -C ask complete-word ask
        bindkey '^I' ask
        bindkey '^U' kill-whole-line
        print ready > state
        """;

    private static final String ASK = """
        zmodload zsh/zpty
        zpty inner "zsh -f -i"
        zpty -w inner 'source ./inner.zsh'
        repeat 600; do [[ -s state ]] && break; sleep 0.1; done
        while IFS= read -r line; do
          rm -f found
          zpty -w -n inner $'\\x15'"$line"$'\\t'
          repeat 100; do [[ -s found && $(tail -n 1 found) == done ]] && break; sleep 0.1; done
          print -r -- "> $line"
          sed '$d' found
        done < lines
        zpty -d inner
        """;
}
