return FirestoreDb.Create("na",
                FirestoreClient.Create(new Channel("127.0.0.1", 8080, ChannelCredentials.Insecure)));
