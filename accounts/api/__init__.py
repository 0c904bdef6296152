"""The API's doors to accounts: each view reads the request, calls one service or query, and shows what it gave."""
