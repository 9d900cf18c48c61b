package io.chaosproxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What bash makes of the script; {@link OtherShellsTest} has zsh and fish. */
final class CompletionScriptTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
               'chaos-proxy ct'                                           | ctl
        'chaos-proxy ca --f'                                       | --force
        'chaos-proxy http --lis'                                   | --listen
               'chaos-proxy ctl fa'                                       | faults
               'chaos-proxy ctl faults sl'                                | slow-close slice
               'chaos-proxy ctl add shop slow '                           | type= direction= probability= per= max-hits= ttl= when.client= when.sni= when.target= when.method= when.path= when.host= when.header= when.skip= when.first= when.nth= when.from= when.for=
               'chaos-proxy ctl add shop slow type=la'                    | latency
               'chaos-proxy ctl add shop slow type='                      | latency rate outage reset timeout slow-close slice limit corrupt refuse certificate respond truncate headers
               'chaos-proxy ctl add shop slow type=latency sc'            | scope= scale=
               'chaos-proxy ctl add shop slow type=latency scope='        | first-byte stream
               'chaos-proxy ctl add shop slow type=outage scope='         | connection proxy all
               'chaos-proxy ctl add shop slow type=latency direction='    | up down both
               'chaos-proxy ctl add shop slow type=latency delay='        | none
               'chaos-proxy ctl add shop slow delay=2s type=latency ji'   | jitter=
               'chaos-proxy ctl replace all-speed type=rate red'          | redraw=
               'chaos-proxy ctl add web --listen :1 --upstream a:2 max-'  | max-connections= max-head=
        'chaos-proxy ctl add web --listen :1 --upstream a:2 reset-at=' | accept hello handshake request first-byte body
        'chaos-proxy ctl add web --listen :1 --upstream a:2 tls.self'  | tls.self-signed= tls.self-signed-file=
        'chaos-proxy ctl add web --listen :1 --upstream a:2 tls.client-certificates=' | none want require
        'chaos-proxy tcp --latency-scope '                         | first-byte stream
        'chaos-proxy tcp --listen :1 --latency-scope s'            | stream
        'chaos-proxy ctl events --types '                          | connection exchange hit plan proxy stats
        'chaos-proxy ctl profile shop 4'                           | 4g
        'chaos-proxy help ct'                                      | ctl
        'chaos-proxy help c'                                       | ca check completion ctl
        'chaos-proxy ctl list --clu'                               | none
        'chaos-proxy ctl toggle --clu'                             | --cluster
        'chaos-proxy tcp --tls-passt'                              | --tls-passthrough
        'chaos-proxy forward --intercept-o'                        | --intercept-only --intercept-on-refusal
        'chaos-proxy ctl add web --listen '                        | none
        'chaos-proxy ctl remove shop typ'                          | none
               'chaos-proxy ctl add shop slow --js'                       | --json
        """)
    void completes(String line, String candidates) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "needs bash");

        assertEquals(candidates == null ? "" : candidates, completed(line));
    }

    private String completed(String line) throws IOException, InterruptedException {
        Path script = Files.writeString(folder.resolve("completion.bash"), CompletionScript.of(AllCommands.line()));
        String ask = """
            compopt() { :; } # works only where readline asks
            source "$1"; line="$2"; words=($line); [[ "$line" == *" " ]] && words+=("")
            COMP_LINE="$line"; COMP_POINT=${#line}; COMP_WORDS=("${words[@]}"); COMP_CWORD=$((${#words[@]} - 1))
            $(complete -p chaos-proxy | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
            echo "${COMPREPLY[*]}"
            """;
        Process bash = new ProcessBuilder("/bin/bash", "-c", ask, "ask", script.toString(), line)
                .redirectErrorStream(true)
                .start();
        bash.getOutputStream().close();
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, bash.waitFor(), said);
        return said.strip();
    }
}
