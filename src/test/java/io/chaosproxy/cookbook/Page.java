package io.chaosproxy.cookbook;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of documentation in Markdown.
 *
 * @param file where it is
 * @param sections its parts, the one before the first heading included
 */
record Page(Path file, List<Section> sections) {
    static final Path FOLDER = Path.of("src/docs/cookbook");
    static final Path INDEX = Path.of("src/docs/cookbook.md");

    private static final Pattern HEADING = Pattern.compile("(?m)^## (.+)$");
    private static final Pattern BLOCK = Pattern.compile("(?sm)^```(\\w+)\n(.*?)\n```$");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)]+)\\)");

    /**
     * What stands between two headings of the second level.
     *
     * @param title its heading; empty for what comes first on the page
     */
    record Section(Path file, String title, String text) {
        /** What its blocks of code in this language say. */
        List<String> blocks(String language) {
            return BLOCK.matcher(text)
                    .results()
                    .filter(found -> found.group(1).equals(language))
                    .map(found -> found.group(2))
                    .toList();
        }

        /** The one block in this language. */
        String block(String language) {
            List<String> all = blocks(language);
            if (all.size() != 1) {
                throw new AssertionError(this + ": " + all.size() + " blocks of " + language);
            }
            return all.getFirst();
        }

        List<String> links() {
            return LINK.matcher(BLOCK.matcher(text).replaceAll(""))
                    .results()
                    .map(found -> found.group(1))
                    .toList();
        }

        /** What a link to it ends with, as GitHub has it. */
        String anchor() {
            return title.toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N}\\s_-]", "")
                    .replace(' ', '-');
        }

        @Override
        public String toString() {
            return file.getFileName() + " " + title;
        }
    }

    static Page read(Path file) throws IOException {
        String text = Files.readString(file);
        List<String> titles = Stream.concat(
                        Stream.of(""), HEADING.matcher(text).results().map(found -> found.group(1)))
                .toList();
        List<String> texts = List.of(HEADING.split(text, -1));
        return new Page(
                file,
                Stream.iterate(0, i -> i + 1)
                        .limit(titles.size())
                        .map(i -> new Section(file, titles.get(i), texts.get(i)))
                        .toList());
    }

    /** All pages of the cookbook but the index. */
    static List<Page> recipes() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            List<Page> pages = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                pages.add(read(file));
            }
            return pages;
        }
    }

    Section section(String title) {
        return sections.stream()
                .filter(each -> each.title().equals(title))
                .findFirst()
                .orElseThrow(() -> new AssertionError(file + " has no section " + title));
    }

    List<String> blocks(String language) {
        return sections.stream()
                .flatMap(section -> section.blocks(language).stream())
                .toList();
    }
}
