package io.chaosproxy.site;

import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The links of a folder of HTML files: those that lead to a file or an anchor that is not there. */
final class SiteLinks {
    private static final Pattern TARGET = Pattern.compile("\\s(?:href|src)=\"([^\"]*)\"");
    private static final Pattern ID = Pattern.compile("\\sid=\"([^\"]*)\"");

    private final Path site;
    private final Map<Path, Set<String>> ids = new HashMap<>();

    private SiteLinks(Path site) {
        this.site = site;
    }

    /** Links that lead nowhere, as {@code page: link}; those to other servers aren't followed. */
    static List<String> broken(Path site) throws IOException {
        SiteLinks links = new SiteLinks(site);
        Set<String> broken = new TreeSet<>();
        for (Path page : pages(site)) {
            String html = Files.readString(page);
            for (String link : links.in(html)) {
                if (!links.leads(page, link)) {
                    broken.add(site.relativize(page) + ": " + link);
                }
            }
        }
        return new ArrayList<>(broken);
    }

    private static List<Path> pages(Path site) throws IOException {
        try (Stream<Path> files = Files.walk(site)) {
            return files.filter(file -> file.toString().endsWith(".html"))
                    .sorted()
                    .toList();
        }
    }

    private Set<String> in(String html) {
        return TARGET.matcher(html)
                .results()
                .map(found -> found.group(1).replace("&amp;", "&"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private boolean leads(Path page, String link) throws IOException {
        if (link.matches("(?i)[a-z][a-z0-9+.-]*:.*|//.*")) {
            return true;
        }
        String base = "http://site/" + site.relativize(page).toString().replace('\\', '/');
        URI to = URI.create(base).resolve(link);
        Path file = site.resolve(to.getPath().substring(1));
        if (Files.isDirectory(file)) {
            file = file.resolve("index.html");
        } else if (!Files.exists(file)) {
            file = file.resolveSibling(file.getFileName() + ".html");
        }
        if (!Files.isRegularFile(file)) {
            return false;
        }
        String fragment = to.getRawFragment();
        return fragment == null
                || fragment.isEmpty()
                || !file.toString().endsWith(".html")
                || idsOf(file).contains(URLDecoder.decode(fragment, StandardCharsets.UTF_8));
    }

    private Set<String> idsOf(Path file) throws IOException {
        Set<String> known = ids.get(file);
        if (known == null) {
            known = ID.matcher(Files.readString(file))
                    .results()
                    .map(found -> found.group(1).replace("&amp;", "&"))
                    .collect(Collectors.toSet());
            ids.put(file, known);
        }
        return known;
    }
}
