/* libmodsecurity3 as the peer: loads a configuration, runs one raw request N times through all phases.
 * Usage: peer CONFIG REQUEST N. Prints the milliseconds that loading took and the status of the refusal, or 200. */
#include <modsecurity/modsecurity.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void silent(void *context, const void *message) {
    (void)context;
    (void)message;
}

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static char *slurp(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*length + 1);
    if (fread(text, 1, *length, file) != *length) exit(2);
    text[*length] = 0;
    fclose(file);
    return text;
}

static int status_of(Transaction *transaction) {
    ModSecurityIntervention it;
    memset(&it, 0, sizeof it);
    it.status = 200;
    int intervened = msc_intervention(transaction, &it);
    free(it.log);
    free(it.url);
    return intervened && it.disruptive ? it.status : 200;
}

static int run(ModSecurity *engine, RulesSet *rules, const char *raw, size_t length) {
    Transaction *transaction = msc_new_transaction(engine, rules, NULL);
    char line[8192];
    const char *end = strstr(raw, "\r\n\r\n");
    const char *at = strstr(raw, "\r\n");
    snprintf(line, sizeof line, "%.*s", (int)(at - raw), raw);
    char *method = strtok(line, " "), *target = strtok(NULL, " "), *version = strtok(NULL, " ");
    msc_process_connection(transaction, "192.0.2.1", 40000, "127.0.0.1", 80);
    msc_process_uri(transaction, target, method, version + 5);
    while (at < end) {
        const char *name = at + 2, *next = strstr(name, "\r\n"), *colon = strchr(name, ':');
        msc_add_n_request_header(transaction, (const unsigned char *)name, colon - name,
                                 (const unsigned char *)colon + 2, next - colon - 2);
        at = next;
    }
    msc_process_request_headers(transaction);
    int status = status_of(transaction);
    if (status == 200) {
        msc_append_request_body(transaction, (const unsigned char *)end + 4, raw + length - end - 4);
        msc_process_request_body(transaction);
        status = status_of(transaction);
    }
    if (status == 200) {
        msc_add_response_header(transaction, (const unsigned char *)"Content-Type", (const unsigned char *)"text/plain");
        msc_process_response_headers(transaction, 200, "HTTP/1.1");
        status = status_of(transaction);
        msc_append_response_body(transaction, (const unsigned char *)"ok", 2);
        msc_process_response_body(transaction);
    }
    msc_process_logging(transaction);
    msc_transaction_cleanup(transaction);
    return status;
}

int main(int count, char **words) {
    if (count != 4) return 2;
    double start = now_ms();
    ModSecurity *engine = msc_init();
    msc_set_log_cb(engine, silent);
    RulesSet *rules = msc_create_rules_set();
    const char *error = NULL;
    if (msc_rules_add_file(rules, words[1], &error) < 0) {
        fprintf(stderr, "%s\n", error ? error : "the rules cannot be loaded");
        return 2;
    }
    double loaded = now_ms() - start;
    size_t length;
    char *raw = slurp(words[2], &length);
    int status = 200;
    for (long left = atol(words[3]); left > 0; left--) status = run(engine, rules, raw, length);
    printf("%.1f %d\n", loaded, status);
    return 0;
}
